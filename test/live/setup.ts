import { execa } from "execa";
import { delimiter, join } from "node:path";
import { binOf, chosen, HARNESSES } from "./programs.mjs";

export const ROOT = join(import.meta.dirname, "../..");

/**
 * Installs the harnesses that `H2M_LIVE` names (`claude@2.1.332,codex@oldest`; without it the newest of each that is tested)
 * if they are not here, puts them first on PATH, and builds the command line.
 */
export default async function setup(): Promise<void> {
  const words = process.env["H2M_LIVE"]?.split(",") ?? HARNESSES;
  const programs = await Promise.all(words.map(chosen));
  const folders: string[] = [];
  for (const program of programs) folders.push(await binOf(program));
  process.env["PATH"] = [...folders, process.env["PATH"]].join(delimiter);
  process.env["H2M_LIVE"] = programs
    .map(({ harness, version }) => `${harness}@${version}`)
    .join(",");
  // `npm run check` has just built it.
  if (!process.env["H2M_SKIP_BUILD"]) await execa("npm", ["run", "build"], { cwd: ROOT });
}
