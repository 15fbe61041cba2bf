import { type BuildConfig, defineBuildConfig } from "unbuild";
import base from "../../build.config.ts";

/** The build of the package without its types and the tests' own parts: it is only run. */
const [config] = [base].flat() as BuildConfig[];
const entries = config?.entries?.filter((entry) => !pathOf(entry).startsWith("src/testing"));
export default defineBuildConfig({
  ...config,
  entries: entries ?? [],
  declaration: false,
  failOnWarn: false,
});

function pathOf(entry: NonNullable<BuildConfig["entries"]>[number]): string {
  return typeof entry === "string" ? entry : entry.input;
}
