/** `harness-to-mcp/testing`: what every plugin must pass, and a harness without a model. It runs under vitest. */
export { type ApiAdapterCase, describeApiAdapter } from "./testing/api-adapter.ts";
export { describeDriver, type DriverCase } from "./testing/driver.ts";
export type { DriverStage, ScriptedProgram } from "./testing/driver-stage.ts";
export { describeHarness, type HarnessCase } from "./testing/harness.ts";
export { describeToolMapper, type ToolMapperCase } from "./testing/tool-mapper.ts";
export { fakeLauncher, type FakeOptions, fakePlugin } from "./testing/fake.ts";
export { allTools, FORGED, PIXEL } from "./testing/fake-tools.ts";
export {
  describeRealHarness,
  type RealHarnessCase,
  type SampleCall,
} from "./testing/real-harness.ts";
export * from "./testing/wire.ts";
