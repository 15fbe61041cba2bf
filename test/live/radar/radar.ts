// `npm run radar [harness[@version]…]`: what has changed in the harnesses that npm has today. See the README of the live tests.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { binOf, chosen, HARNESSES, type Program, VERSIONS } from "../programs.mjs";
import { isAtLeast } from "../../../src/plugin.ts";
import { type Change, changesOf } from "./compare.ts";
import { drive } from "./drive.ts";
import { agreed, type Fingerprint } from "./fingerprint.ts";

const FOLDER = join(import.meta.dirname, "../fingerprints");
/** Per harness and version: the changes that somebody has looked at, by their keys, and what was made of them. */
const KNOWN = join(import.meta.dirname, "known.json");
type Known = Record<string, Record<string, Record<string, string>>>;

/** Exit codes: something changed that nobody has named; nothing could be looked at. */
const UNNAMED = 1;
const NO_LOOK = 2;

const words = process.argv.slice(2);
try {
  process.exitCode = await radar(
    words.length > 0 ? words : HARNESSES.map((name) => `${name}@latest`),
  );
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = NO_LOOK;
}

async function radar(wanted: readonly string[]): Promise<number> {
  const known = JSON.parse(await readFile(KNOWN, "utf8")) as Known;
  let unnamed = 0;
  for (const word of wanted) {
    const program = await reachable(word);
    const before = await previous(program);
    // Without an earlier one there is nothing to hold it against.
    const now = await fingerprintOf(program);
    if (!before) {
      say(`# ${program.harness} ${program.version}: the first fingerprint`);
      continue;
    }
    unnamed += report(program, before, changesOf(before, now), known);
  }
  say("\nNot looked at: the builds for musl, macOS and Windows.");
  return unnamed === 0 ? 0 : UNNAMED;
}

async function reachable(word: string): Promise<Program> {
  try {
    const program = await chosen(word);
    await binOf(program);
    return program;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${word} could not be had from npm, so nothing was looked at: ${message}`, {
      cause: error,
    });
  }
}

/** Runs the rows twice: what differs between the two is chance. */
async function fingerprintOf(program: Program): Promise<Fingerprint> {
  const path = process.env["PATH"];
  process.env["PATH"] = (await binOf(program)) + delimiter + path;
  try {
    const { harness, version } = program;
    const once = await drive(harness, version);
    const found = agreed(once, await drive(harness, version));
    await mkdir(FOLDER, { recursive: true });
    await writeFile(fileOf(program), `${JSON.stringify(found, undefined, 2)}\n`);
    return found;
  } finally {
    process.env["PATH"] = path;
  }
}

/** Of the newest version before this one, or else of the one that is pinned, which is looked at now. */
async function previous({ harness, version }: Program): Promise<Fingerprint | undefined> {
  const names = await readdir(FOLDER).catch(() => []);
  const versions = names
    .filter((name) => name.startsWith(`${harness}-`))
    .map((name) => name.slice(harness.length + 1, -".json".length))
    .filter((each) => each !== version && isAtLeast(version, each))
    .toSorted((a, b) => (isAtLeast(a, b) ? -1 : 1));
  const [nearest] = versions;
  if (nearest !== undefined)
    return JSON.parse(await readFile(fileOf({ harness, version: nearest }), "utf8")) as Fingerprint;
  const pinned = VERSIONS[harness]?.newest;
  if (pinned === undefined || pinned === version) return undefined;
  return fingerprintOf(await reachable(`${harness}@${pinned}`));
}

/** Prints what changed; how much of it nobody has named. */
function report(
  { harness, version }: Program,
  before: Fingerprint,
  changes: readonly Change[],
  known: Known,
): number {
  say(`# ${harness} ${version}, held against ${before.version}`);
  if (changes.length === 0) {
    say("Nothing changed.");
    return 0;
  }
  const named = namedBetween(known[harness] ?? {}, before.version, version);
  const unnamed = changes.filter(({ key }) => named[key] === undefined);
  for (const { key, advice } of unnamed) say(`- NEW ${key}: ${advice}`);
  for (const { key } of changes) if (named[key] !== undefined) say(`- ${key}: ${named[key]}`);
  say(
    `${unnamed.length} of ${changes.length} changes are new. Each gets a line in radar/known.json, with what was made of it.`,
  );
  return unnamed.length;
}

function namedBetween(
  versions: Known[string],
  before: string,
  until: string,
): Record<string, string> {
  const within = Object.entries(versions).filter(
    ([version]) => version !== before && isAtLeast(version, before) && isAtLeast(until, version),
  );
  return Object.assign({}, ...within.map(([, lines]) => lines));
}

function fileOf({ harness, version }: Program): string {
  return join(FOLDER, `${harness}-${version}.json`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
