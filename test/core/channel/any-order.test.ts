import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { Machine } from "../../../src/core/channel/machine.ts";
import { anyOrder } from "./any-order.ts";

const ROOM = join(import.meta.dirname, "../../../src/core/channel");
const RUNS = 3_000;
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true });
});

it(`any events in any order break no promise (${RUNS} times)`, () => {
  for (let seed = 1; seed <= RUNS; seed++) {
    try {
      anyOrder(Machine, seed);
    } catch (error) {
      throw new Error(`With the seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
});

/** Each rule of the machine, broken: a file, what stands there, and what is put in its place. */
const BROKEN: readonly (readonly [rule: string, file: string, is: string, instead: string])[] = [
  ["a call ends once", "machine", "if (entry.ended) return;", ""],
  [
    "a call that has ended is out no more",
    "machine",
    "this.#out.delete(entry.call.id);\n    this.#tell(entry, outcome);",
    "this.#tell(entry, outcome);",
  ],
  [
    "a lone hang-up is not that of a newer turn",
    "held-turn",
    "if (this.#held?.reply !== reply) return;",
    "",
  ],
  ["an older turn is ended", "held-turn", "older?.reply.end(", "(() => {})("],
  [
    "a turn settles what it has results of",
    "machine",
    "for (const { callId, result } of turn.results) this.settle(callId, result);\n    for",
    "for",
  ],
  ["what a turn lacks is lost", "machine", "else this.#end(entry, { error: lostBy(entry) });", ""],
  [
    "a witness may lag behind",
    "machine",
    'if (entry.early) this.#effects.grace(entry.call.id, "witness");\n      else',
    "",
  ],
  ["a turn stays open for witnesses only", "machine", "if (!open) this.#held.end();", ""],
  ["a turn without a stream takes one batch", "machine", "this.#held.streams && ", ""],
  [
    "what waits goes out when a turn comes",
    "machine",
    "this.#renewedIfSo();\n    this.#flushIfSo();",
    "this.#renewedIfSo();",
  ],
  [
    "what waits goes out when it comes",
    "machine",
    "ended: false });\n    this.#flushIfSo();",
    "ended: false });",
  ],
  [
    "what was held back goes out in the new history",
    "machine",
    "this.#effects.renewed(lost);\n    this.#flushIfSo();",
    "this.#effects.renewed(lost);",
  ],
  [
    "clients are held back while the history begins anew",
    "machine",
    "this.#history.renew();\n    this.#queue.heldBack = true;",
    "this.#history.renew();",
  ],
  [
    "the driver's own calls are not held back",
    "queue",
    "this.#own.length > 0 || (",
    "!this.heldBack && (",
  ],
  [
    "a call that is given up before it goes out is not sent",
    "queue",
    "queue.splice(place, 1)[0]",
    "queue[place]",
  ],
  ["what runs is stopped when nobody waits for it", "machine", "}, !entry.own);", "}, false);"],
  ["the driver's own is not stopped", "machine", "}, !entry.own);", "}, true);"],
  [
    "a new history needs its driver",
    "history",
    "if (!this.#renewal?.turned || !this.#renewal.lost)",
    "if (!this.#renewal?.turned)",
  ],
  [
    "a new history needs its first turn",
    "history",
    "if (!this.#renewal?.turned || !this.#renewal.lost)",
    "if (!this.#renewal?.lost)",
  ],
  [
    "what came before the root was named is not the new history",
    "machine",
    "this.#history.notYet();",
    "",
  ],
  [
    "the old turn is let go when the new root is named",
    "machine",
    'this.#held.letGo("h2m: the history begins anew.");',
    "",
  ],
  ["a harness takes its history with it", "machine", "this.#history.forget();", ""],
  [
    "a harness takes its turn with it",
    "machine",
    'this.#held.letGo("h2m: the session has ended.");',
    "",
  ],
  [
    "a harness takes what is out with it",
    "machine",
    "for (const entry of this.#out.values()) this.#end(entry, { error: out });",
    "",
  ],
  [
    "a harness takes what its driver wanted with it",
    "machine",
    "for (const entry of this.#queue.takeOwn()) this.#end(entry, { error: own });",
    "",
  ],
  [
    "what clients wait for outlives a harness",
    "machine",
    "this.#queue.takeOwn()",
    "this.#queue.takeAll()",
  ],
  [
    "a turn is closed behind what its witness is silent about",
    "machine",
    "if (this.busy) this.#held.end();",
    "",
  ],
  [
    "a turn without calls is not closed",
    "machine",
    "if (this.busy) this.#held.end();",
    "this.#held.end();",
  ],
  ["a grace ends", "machine", "if (entry) this.#end(entry, { error: lostBy(entry) });", ""],
  [
    "what waits fails where there is no harness",
    "machine",
    "for (const entry of this.#queue.takeAll()) this.#end(entry, { error });",
    "",
  ],
];

it.each(BROKEN)('a machine without the rule "%s" is found out', async (_, file, is, instead) => {
  const Broken = await machineWith(file, is, instead);
  const found = () => {
    for (let seed = 1; seed <= RUNS; seed++) anyOrder(Broken, seed);
  };
  expect(found).toThrow();
});

/** The machine of a copy of its room, in which one file is changed. */
async function machineWith(changed: string, is: string, instead: string): Promise<typeof Machine> {
  const folder = await mkdtemp(join(tmpdir(), "h2m-machine-"));
  folders.push(folder);
  for (const name of ["machine", "queue", "history", "held-turn", "root-rule"]) {
    const text = await readFile(join(ROOM, `${name}.ts`), "utf8");
    if (name === changed && text.split(is).length !== 2)
      throw new Error(`${name}.ts has not one \`${is}\`.`);
    const broken = name === changed ? text.replace(is, instead) : text;
    await writeFile(
      join(folder, `${name}.ts`),
      broken.replaceAll('"../../', `"${join(ROOM, "../..")}/`),
    );
  }
  const { Machine: Broken } = (await import(/* @vite-ignore */ join(folder, "machine.ts"))) as {
    Machine: typeof Machine;
  };
  return Broken;
}
