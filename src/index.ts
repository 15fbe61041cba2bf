/** `harness-to-mcp` as a library: `createH2m(config)` and all that a plugin may see. */
export { createH2m, type CreateOptions, type H2m } from "./h2m.ts";
export * from "./plugin.ts";
