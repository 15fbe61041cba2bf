import { defineBuildConfig } from "unbuild";

export default defineBuildConfig({
  entries: [
    "src/index",
    "src/plugin",
    "src/testing",
    "src/cli",
    // The fake harness is a program: `testing.mjs` starts it from there.
    {
      builder: "copy",
      input: "src/testing/fake-harness",
      outDir: "dist/fake-harness",
      pattern: "*.mjs",
    },
    // The page of `/docs` works without any network.
    {
      builder: "copy",
      input: "node_modules/rapidoc/dist",
      outDir: "dist/docs",
      pattern: "rapidoc-min.js.{gz,LICENSE.txt}",
    },
    { builder: "copy", input: "node_modules/rapidoc", outDir: "dist/docs", pattern: "LICENSE.txt" },
    // A thread begins with it.
    { builder: "copy", input: "src/core/arguments", pattern: "argument-worker.mjs" },
  ],
  declaration: "node16",
  clean: true,
  failOnWarn: true,
  rollup: { esbuild: { target: "node20" } },
});
