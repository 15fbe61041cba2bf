import { expect } from "vitest";
import { connect, type Era } from "../helpers/clients.ts";
import { Random } from "./random.ts";
import { ATTACH_KEY, TOKEN, World } from "./world.ts";

/** How many messages all doors get together. */
export const MESSAGES = Number(process.env["H2M_FUZZ"] || 10_000);
/** `<seed>` replays a run, `<seed>:<index>` one message of each door. */
const [seedText, onlyText] = (process.env["H2M_FUZZ_SEED"] ?? "").split(":");
export const SEED = seedText ? Number(seedText) : Math.floor(Math.random() * 1e9);
const ONLY = onlyText === undefined ? undefined : Number(onlyText);

/** Messages under way at once. */
const LANES = 24;
/** Heap that may stay for good: caches of the engine and of the SDK. A leak of 1 KB a message is more than this. */
const LEVEL = 4 * 1024 * 1024;

export interface Door {
  readonly name: string;
  /** Of all messages. */
  readonly share: number;
  /** Sends one message; gives what was wrong, if anything. */
  send(random: Random, known: Known): Promise<string | undefined>;
  /** Lets all connections go. */
  rest(): void;
  /** What became of the messages, by kind: a flood that is turned away at the door finds nothing inside. */
  readonly tally: Map<string, number>;
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
  const again = `H2M_FUZZ_SEED=${SEED}`;
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
    door.rest();
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
  if (ONLY === undefined) {
    expect(share(door.tally, /^2/), "share of messages that came in").toBeGreaterThan(0.15);
    expect(share(door.tally, /^4/), "share of messages that were refused").toBeGreaterThan(0.05);
  }
  expect(faults, `replay all: ${again}`).toEqual([]);
}

/** A usual client lists the tools and calls them, in both eras. */
export async function stillServes(world: World): Promise<void> {
  for (const era of ["v1", "v2-2026"] satisfies Era[]) {
    const client = await connect(era, `${world.mcpUrl.href}/fake`, TOKEN);
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

function share(tally: Map<string, number>, kinds: RegExp): number {
  let found = 0;
  let all = 0;
  for (const [kind, times] of tally) {
    all += times;
    if (kinds.test(kind)) found += times;
  }
  return found / all;
}

function talk(tally: Map<string, number>): string {
  return [...tally]
    .toSorted()
    .map(([kind, times]) => `  ${kind}: ${times}`)
    .join("\n");
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
