// `npm run radar [harness[@version]…]`: what has changed in the harnesses that npm has today. See the README of the live tests.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { binOf, chosen, HARNESSES, type Program, VERSIONS } from "../programs.mjs";
import { isAtLeast } from "../../../src/plugin.ts";
import { type Change, changesOf } from "./compare.ts";
import { drive } from "./drive.ts";
import { agreed, type Fingerprint, printed } from "./fingerprint.ts";
import { type Known, madeOf, readKnown } from "./known.ts";

const FOLDER = join(import.meta.dirname, "../fingerprints");

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
  const known = await readKnown();
  let unnamed = 0;
  for (const word of wanted) {
    const program = await reachable(word);
    const own = await kept(program);
    const before = own ?? (await previous(program));
    const now = await fingerprintOf(program);
    const changes = before ? changesOf(before, now) : [];
    // As it was: what differs is chance.
    if (!own || changes.length > 0) await keep(now);
    if (before) unnamed += report(now, before, changes, known);
    else say(`# ${program.harness} ${program.version}: the first fingerprint`);
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
    return agreed(once, await drive(harness, version));
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
    .filter((each) => isAtLeast(version, each))
    .toSorted((a, b) => (isAtLeast(a, b) ? -1 : 1));
  const [nearest] = versions;
  if (nearest !== undefined) return kept({ harness, version: nearest });
  const pinned = VERSIONS[harness]?.newest;
  if (pinned === undefined || pinned === version) return undefined;
  const found = await fingerprintOf(await reachable(`${harness}@${pinned}`));
  await keep(found);
  return found;
}

async function kept(program: Program): Promise<Fingerprint | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(program), "utf8")) as Fingerprint;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function keep(fingerprint: Fingerprint): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(fileOf(fingerprint), printed(fingerprint));
}

/** Prints what changed; how much of it nobody has named. */
function report(
  { harness, version }: Fingerprint,
  before: Fingerprint,
  changes: readonly Change[],
  known: Known,
): number {
  const again = before.version === version;
  say(`# ${harness} ${version}, held against ${again ? "its fingerprint" : before.version}`);
  if (changes.length === 0) {
    say("Nothing changed.");
    return 0;
  }
  const span = { harness, before: before.version, until: version };
  const made = changes.map((change) => ({ ...change, made: madeOf(known, span, change.key) }));
  const unnamed = made.filter((each) => each.made === undefined);
  for (const { key, advice } of unnamed) say(`- NEW ${key}: ${advice}`);
  for (const { key, made: said } of made) if (said !== undefined) say(`- ${key}: ${said}`);
  say(
    `${unnamed.length} of ${changes.length} changes are new. Each gets a line in radar/known.json, with what was made of it.`,
  );
  return unnamed.length;
}

function fileOf({ harness, version }: Pick<Program, "harness" | "version">): string {
  return join(FOLDER, `${harness}-${version}.json`);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
