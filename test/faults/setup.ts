import { execa } from "execa";
import { ROOT } from "../live/setup.ts";

/** Builds the command line, which is killed too. `H2M_SKIP_BUILD`: it has just been built. */
export default async function setup(): Promise<void> {
  if (!process.env["H2M_SKIP_BUILD"]) await execa("npm", ["run", "build"], { cwd: ROOT });
}
