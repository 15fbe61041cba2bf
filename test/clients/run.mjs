#!/usr/bin/env node
// `npm run test:clients [-- client … --long --short]`: without a name, every client of clients.json. `--long`: the long call takes
// 90 s. `--short`: over stdio only a text, a cancel and the end.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { builtFolder } from "../../bench/built.mjs";
import { CLIENTS, harnessOf, programsOf, versionOf } from "./install.mjs";

const ROOT = join(import.meta.dirname, "../..");
const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith("--"));
const unknown = words.filter((word) => !(word in CLIENTS) && !["--long", "--short"].includes(word));
if (unknown.length > 0) {
  process.stderr.write(
    `There is no client ${unknown.join(", ")}. Known: ${Object.keys(CLIENTS).join(", ")}; and --long, --short.\n`,
  );
  process.exit(2);
}

const chosen = names.length > 0 ? names : Object.keys(CLIENTS);
await builtFolder();
// The harnesses that the lines name.
for (const harness of ["claude", "codex"]) await harnessOf(harness);
for (const name of chosen) {
  process.stderr.write(`${name} ${versionOf(CLIENTS[name])}\n`);
  await programsOf(name);
}
const env = { ...process.env, H2M_CLIENTS: chosen.join() };
if (words.includes("--long")) env.H2M_LONG = "1";
if (words.includes("--short")) env.H2M_SHORT = "1";
const child = spawn("npx", ["vitest", "run", "--config", "test/clients/vitest.config.ts"], {
  cwd: ROOT,
  env,
  stdio: "inherit",
});
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
