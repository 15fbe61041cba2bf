import { execa } from "execa";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");
const BIN = join(import.meta.dirname, "node_modules/.bin");

/** Installs the pinned harnesses if they are not here, puts them first on PATH, and builds the command line. */
export default async function setup(): Promise<void> {
  const installed = await access(join(BIN, "claude")).then(
    () => true,
    () => false,
  );
  if (!installed)
    await execa("npm", ["install", "--no-package-lock", "--prefix", import.meta.dirname], {
      stderr: "inherit",
    });
  process.env["PATH"] = BIN + delimiter + process.env["PATH"];
  // `npm run check` has just built it.
  if (!process.env["H2M_SKIP_BUILD"]) await execa("npm", ["run", "build"], { cwd: ROOT });
}
