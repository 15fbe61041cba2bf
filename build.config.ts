import { defineBuildConfig } from "unbuild";

export default defineBuildConfig({
  entries: ["src/index", "src/plugin", "src/cli"],
  declaration: "node16",
  clean: true,
  failOnWarn: true,
  rollup: { esbuild: { target: "node20" } },
});
