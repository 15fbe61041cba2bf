import { defineHarness, definePlugin } from "../../src/plugin.ts";
import { annotations } from "./annotations.ts";
import { attachCodex } from "./attach.ts";
import { detectCodex, PACKAGE } from "./detect.ts";
import { driveCodex } from "./driver.ts";
import { prepareCodex } from "./launch.ts";
import { codexListSettings } from "./list-settings.ts";
import { recognizeCodex, refineCodex } from "./recognize.ts";
import { codexWrites } from "./writes.ts";

/** Codex, over the responses API. */
export const codex = defineHarness({
  name: "codex",
  api: "responses",
  installCommand: `npm install -g ${PACKAGE}`,
  tested: { oldest: "0.169.0", newest: "0.171.0" },
  detect: detectCodex,
  listSettings: codexListSettings,
  prepare: prepareCodex,
  drive: driveCodex,
  recognize: recognizeCodex,
  refine: refineCodex,
  writes: codexWrites,
  annotations,
  attach: attachCodex,
});

export default definePlugin({ name: "codex", harnesses: [codex] });
