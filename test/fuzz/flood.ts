import { expect } from "vitest";
import { connect, type Era } from "../helpers/clients.ts";
import { Random } from "./random.ts";
import { ATTACH_KEY, TOKEN, World } from "./world.ts";

// Read and checked by `setup.mjs`.
/** How many messages all doors get together. */
export const MESSAGES = Number(process.env["H2M_FUZZ"]);
/** `<seed>` replays a run, `<seed>:<index>` one message of each door. */
const [SEED = 0, ONLY] = (process.env["H2M_FUZZ_SEED"] ?? "").split(":").map(Number);

/** Messages under way at once. */
const LANES = 24;
/** From so many messages of a door on, chance cannot explain a kind that is missing. */
const ENOUGH = 1_000;
/** Heap that may stay for good: caches of the engine and of the SDK. A leak of 1 KB a message is more than this. */
const LEVEL = 4 * 1024 * 1024;

export interface Door {
  readonly name: string;
  /** Of all messages. */
  readonly share: number;
  /** Sends one message; gives what was wrong, if anything. */
  send(random: Random, known: Known): Promise<string | undefined>;
  /** Lets all connections go; gives what was wrong with what came last. */
  rest(known: Known): string | undefined | void;
  /** What came back, by kind; those that are let in begin with 2, those that are refused with 4. */
  readonly tally: Map<string, number>;
  /** Kinds that a whole flood has some of. */
  readonly must?: readonly string[];
}

/** Counts one more of a kind. */
export function count(tally: Map<string, number>, kind: string | number): void {
  tally.set(String(kind), (tally.get(String(kind)) ?? 0) + 1);
}

/** What the flood knows of the server under test. */
export interface Known {
  readonly secrets: readonly string[];
  /** The keys of hosts that were started, alive or dead. */
  readonly hostKeys: readonly string[];
}

/** Floods one door, and then looks whether all is as it was. */
export async function flood(door: Door, world: World): Promise<void> {
  const total = Math.ceil(MESSAGES * door.share);
  const again = `H2M_FUZZ=${MESSAGES} H2M_FUZZ_SEED=${SEED}`;
  const faults: string[] = [];
  const started = performance.now();

  const run = async (from: number, to: number) => {
    let known = await knownOf(world);
    let next = from;
    const lane = async () => {
      while (next < to && world.crash === undefined && faults.length < 10) {
        const index = next++;
        // New hosts come with new keys.
        if (index % 100 === 0) known = await knownOf(world);
        const fault = await door.send(Random.of(SEED, door.name, index), known);
        if (fault)
          faults.push(`${fault.slice(0, 800)}\n    replay this message: ${again}:${index}`);
      }
    };
    const lanes = Array.from({ length: LANES }, lane);
    await Promise.all(lanes).catch((error: unknown) => {
      // What a lane dies of is the end of the process, which is told below.
      if (world.crash === undefined) throw error;
    });
  };
  const rested = async () => {
    if (world.crash !== undefined) return 0;
    const fault = door.rest(await knownOf(world));
    if (fault) faults.push(fault);
    await world.settled();
    return world.heap();
  };

  if (ONLY !== undefined) await run(ONLY, ONLY + 1);
  else {
    // The first part fills whatever is filled once; the rest must not add to it.
    const first = Math.ceil(total * 0.3);
    await run(0, first);
    const before = await rested();
    await run(first, total);
    const after = await rested();
    process.stdout.write(`${door.name}: heap ${mib(before)} before, ${mib(after)} after\n`);
    if (after - before > LEVEL)
      faults.push(`the heap has grown from ${mib(before)} to ${mib(after)}`);
  }
  faults.push(...(world.crash ? [world.crash] : (await world.state()).troubles));

  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    `${door.name}: ${total} messages in ${seconds} s, ${again}\n${talk(door.tally)}\n`,
  );
  expect(faults, `replay all: ${again}`).toEqual([]);
  if (ONLY !== undefined || total < ENOUGH) return;
  // A flood that is turned away at the door finds nothing inside, one that is all let in has changed nothing. How many it
  // is differs with the machine's speed.
  expect(times(door.tally, /^2/), "messages that were let in").toBeGreaterThan(total / 20);
  expect(times(door.tally, /^4/), "messages that were refused").toBeGreaterThan(total / 20);
  expect([...door.tally.keys()]).toEqual(expect.arrayContaining([...(door.must ?? [])]));
}

/** A usual client lists the tools and calls them, in both eras. */
export async function stillServes(world: World): Promise<void> {
  const ways = [
    ["v1", "fake"],
    ["v2-2026", "fake"],
    ["v1", "old"],
  ] satisfies [Era, string][];
  for (const [era, harness] of ways) {
    const client = await connect(era, `${world.mcpUrl.href}/${harness}`, TOKEN);
    expect(await client.names()).toContain("echo");
    expect(await client.text("echo", { text: `after the flood, ${era}` })).toBe(
      `after the flood, ${era}`,
    );
    await client.close();
  }
}

async function knownOf(world: World): Promise<Known> {
  const hostKeys = (await world.state()).hostKeys.map(({ key }) => key);
  return { secrets: [TOKEN, ATTACH_KEY, ...hostKeys], hostKeys };
}

function times(tally: Map<string, number>, kinds: RegExp): number {
  const found = [...tally].filter(([kind]) => kinds.test(kind));
  return found.reduce((sum, [, each]) => sum + each, 0);
}

function talk(tally: Map<string, number>): string {
  return [...tally]
    .toSorted()
    .map(([kind, found]) => `  ${kind}: ${found}`)
    .join("\n");
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
