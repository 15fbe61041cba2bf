#!/usr/bin/env node
// `npm run test:mcp`: the official MCP conformance suite against the built h2m with a fixture harness, for both eras.
// It passes if exactly what `expected-failures-<revision>.yml` lists does not.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtFolder } from "../../bench/built.mjs";
import { conforms, install } from "./processes.mjs";

const HERE = import.meta.dirname;
const REVISIONS = process.argv.length > 2 ? process.argv.slice(2) : ["2025-11-25", "2026-07-28"];
const started = performance.now();

await install();
// Its parser comes with the suite.
const { judge } = await import("./judge.mjs");

const dist = process.env.H2M_DIST || (await builtFolder());
const verdicts = [];
for (const revision of REVISIONS) {
  const out = await mkdtemp(join(tmpdir(), "h2m-mcp-"));
  try {
    const expected = join(HERE, `expected-failures-${revision}.yml`);
    const { code, output } = await conforms({ dist, revision, expected, out });
    const verdict = await judge({ revision, expected, out });
    // The suite judges what it scores; we judge the rest too.
    if (code !== 0 && verdict.faults.length === 0)
      verdict.faults.push(`the suite ended with ${code}`);
    if (verdict.faults.length > 0) process.stdout.write(output);
    verdicts.push(verdict);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

for (const { revision, faults } of verdicts)
  for (const fault of faults) process.stdout.write(`✗ ${revision} ${fault}\n`);
const parts = verdicts.map(
  ({ revision, passed, expected }) =>
    `${revision}: ${passed} checks passed, ${expected} failed as expected`,
);
const wrong = verdicts.reduce((sum, { faults }) => sum + faults.length, 0);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
process.stdout.write(
  `${wrong === 0 ? "✓" : "✗"} MCP conformance: ${parts.join("; ")}; ${wrong} unexpected; ${seconds} s\n`,
);
process.exitCode = wrong === 0 ? 0 : 1;
