import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { compiledFolder, emptyFolder, fakeConfig, put, start } from "./helpers/cli.ts";

/** As `npm run dev` starts the sources. */
const JITI = import.meta.resolve("jiti/register");

it("`npm run dev` calls a tool whose arguments the config sets", async () => {
  const folder = await emptyFolder();
  try {
    const args = { echo: { pin: { text: "pinned" } } };
    await put(folder, "h2m.config.mjs", fakeConfig({}, `tools: ${JSON.stringify({ args })}`));
    const cli = join(import.meta.dirname, "../src/cli.ts");

    const env = { TMPDIR: await compiledFolder() };
    const run = start("--import", [JITI, cli, "call", "echo"], { cwd: folder, env });

    expect([await run.ended, run.stdout(), run.stderr()]).toEqual([
      0,
      "pinned\n",
      expect.stringContaining("config:"),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 180_000);
