import { type BuildConfig, defineBuildConfig } from "unbuild";
import base from "../../build.config.ts";

/** The build of the package without its types: it is only run. */
const [config] = [base].flat() as BuildConfig[];
export default defineBuildConfig({ ...config, declaration: false, failOnWarn: false });
