#!/usr/bin/env node
// `npm run test:live [harness[@version]…] [vitest's own words]`: without a harness, the newest of each that is tested. Of a
// harness that is named twice (`claude@2.1.332 claude@oldest`) there is a run for each version.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Steps } from "../../src/cli/output/steps.mjs";
import { binOf, chosen, HARNESSES } from "./programs.mjs";

const ROOT = join(import.meta.dirname, "../..");
const words = process.argv.slice(2);
const named = words.filter((word) => HARNESSES.includes(word.split("@")[0]));
const rest = words.filter((word) => !named.includes(word));

// It is installed from npm, once.
const steps = new Steps({ lasting: true });
let programs;
try {
  programs = await Promise.all((named.length > 0 ? named : HARNESSES).map(chosen));
  for (const program of programs) {
    steps.begin(`${program.harness} ${program.version}`);
    await binOf(program);
  }
  steps.end();
} catch (error) {
  steps.end();
  process.stderr.write(`${error.message}\n`);
  process.exit(2);
}
for (const [place, set] of inSets(programs).entries()) {
  const env = {
    ...process.env,
    H2M_LIVE: set.map(({ harness, version }) => `${harness}@${version}`).join(),
  };
  // The first run has built it.
  if (place > 0) env.H2M_SKIP_BUILD = "1";
  const code = await run(
    "npx",
    ["vitest", "run", "--config", "vitest.live.config.ts", ...rest],
    env,
  );
  if (code !== 0) process.exit(code);
}

/** Of one harness there is one version in a run. */
function inSets(all) {
  const sets = [];
  for (const program of all) {
    const set = sets.find((each) => each.every(({ harness }) => harness !== program.harness));
    if (set) set.push(program);
    else sets.push([program]);
  }
  return sets;
}

function run(command, args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: "inherit" });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}
