import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beside } from "./beside.mjs";
import { long } from "./long.mjs";
import { rates } from "./rates.mjs";
import { steps } from "../steps.mjs";
import { sessions } from "./sessions.mjs";
import { versions } from "./versions.mjs";
import { CALLS } from "./work.mjs";

export const PARTS = { rates, beside, long, sessions, versions };

/** Measures the real harnesses that are installed; one that is not is named and passed over. */
export async function measureReal(dist, options) {
  // A shell reads its user's start-up files, which take what they take: here there are none.
  const home = await mkdtemp(join(tmpdir(), "h2m-bench-home-"));
  const { HOME: before } = process.env;
  process.env.HOME = home;
  try {
    await measureParts(dist, options);
  } finally {
    process.env.HOME = before;
    await rm(home, { recursive: true, force: true });
  }
}

async function measureParts(dist, { names, parts, quick, print }) {
  const harnesses = names.length > 0 ? names : Object.keys(CALLS);
  for (const part of parts) {
    for (const harness of harnesses) {
      steps.begin(`${part}: ${harness}`);
      try {
        await PARTS[part](dist, harness, { quick, print });
      } catch (error) {
        print(`\n${harness} was not measured (${part}): ${error.message}`);
        process.exitCode = 1;
      }
    }
  }
}
