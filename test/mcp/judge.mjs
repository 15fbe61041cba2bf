// Compares what the suite wrote down with what is expected to fail: by the suite's own rule, and for all scenarios that it ran
// but those of extensions, also the ones that it does not score.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";

const SUITE = join(import.meta.dirname, "node_modules/@modelcontextprotocol/conformance");

/** How a revision's run went: counts, and whatever is not as expected. */
export async function judge({ revision, expected, out }) {
  const listed = new Set((await yaml(expected)).server);
  const requirements = await yaml(join(SUITE, `requirements/${revision}.yaml`));
  const more = requirements.not_scored.filter(
    ({ leg, reason }) => leg === "server" && reason !== "extension",
  );
  const faults = [];
  const seen = new Set();
  let passed = 0;
  for (const scenario of [...requirements.server, ...more.map((each) => each.scenario)]) {
    const checks = await checksOf(scenario, out);
    if (!checks) faults.push(`${scenario}: gave no result`);
    for (const { id, status, errorMessage } of checks ?? []) {
      if (status === "SUCCESS") passed++;
      if (status !== "FAILURE" && status !== "WARNING") continue;
      const entry = [scenario, `${scenario}:${id}`].find((name) => listed.has(name));
      if (entry) seen.add(entry);
      else faults.push(`${scenario}:${id}: ${errorMessage}`);
    }
  }
  for (const entry of listed) if (!seen.has(entry)) faults.push(`${entry}: passes, yet is listed`);
  return { revision, passed, expected: seen.size, faults };
}

/** The suite makes one folder for each scenario, with its name and the time in it. */
async function checksOf(scenario, out) {
  const folders = await readdir(out);
  const own = folders.find(
    (name) => name.replace(/-\d{4}-\d\d-\d\dT.*$/, "") === `server-${scenario}`,
  );
  const text =
    own && (await readFile(join(out, own, "checks.json"), "utf8").catch(() => undefined));
  return text ? JSON.parse(text) : undefined;
}

async function yaml(path) {
  return parse(await readFile(path, "utf8"));
}
