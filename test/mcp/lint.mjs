#!/usr/bin/env node
// `npm run test:inspector`: the MCP Inspector's `--strict` lint over the lists of the real harnesses, each alone and all as one,
// in both eras. Errors fail; what it only warns of is printed.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { binOf, chosen } from "../live/programs.mjs";
import { builtFolder } from "../../bench/built.mjs";
import { inspects, installInspector, startH2m } from "./processes.mjs";

const ODD = join(import.meta.dirname, "odd.config.mjs");
const HARNESSES = ["claude", "codex", "opencode"];
const ERAS = ["legacy", "modern"];
/** The Inspector's exit code for a list with errors. */
const ERRORS = 6;

await installInspector();
for (const name of HARNESSES)
  process.env.PATH = (await binOf(await chosen(name))) + delimiter + process.env.PATH;
const dist = process.env.H2M_DIST || (await builtFolder());
const folder = await mkdtemp(join(tmpdir(), "h2m-lint-"));
let faults = 0;
try {
  const config = join(folder, "h2m.config.json");
  const timeouts = { connect: 60_000 };
  await writeFile(config, JSON.stringify({ harnesses: HARNESSES, catalog: false, timeouts }));
  await served(config, async (url) => {
    for (const path of [...HARNESSES.map((name) => `/${name}`), ""])
      for (const era of ERAS) await judge(`/mcp${path} ${era}`, url + path, era, 0);
  });
  // A list that is known to have errors: the lint finds them, unless the list is made portable.
  await served(ODD, (url) => judge("an odd schema", url, "modern", 0));
  await served(ODD, (url) => judge("an odd schema, raw", url, "modern", ERRORS), [
    "--profile",
    "raw",
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.stdout.write(`${faults === 0 ? "✓" : "✗"} Inspector --strict: ${faults} unexpected\n`);
process.exitCode = faults === 0 ? 0 : 1;

async function served(config, act, args) {
  const h2m = await startH2m(dist, config, args);
  try {
    await act(h2m.url);
  } finally {
    await h2m.stop();
  }
}

async function judge(what, url, era, expected) {
  const { code, output } = await inspects(url, era);
  const summary = /^\d+ errors?, .*$/m.exec(output)?.[0] ?? "no complaint";
  process.stdout.write(`${code === expected ? "✓" : "✗"} ${what}: ${summary}\n`);
  if (code === expected) return;
  faults++;
  process.stdout.write(`It ended with ${code}:\n${output.slice(-4_000)}\n`);
}
