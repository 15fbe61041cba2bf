import type { Client } from "@modelcontextprotocol/client";
import { readdir } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failure, lives } from "../../helpers/until.ts";
import { endSession, processesWith, until, World } from "../../live/world.ts";
import { asBefore, footprint, type Footprint, ownProcesses } from "../footprint.ts";
import { RAW_ERAS, RawClient } from "../raw-client.ts";
import { inTime } from "../scene.ts";
import { HARNESSES, mark, SHELLS, textOf } from "./shells.ts";

/** OpenCode on a busy machine: it starts in 2 s on a quiet one. */
const NEW_HOST = 45_000;
/** What a harness that is killed or stopped may be warned of. */
const LAWFUL = /event stream broke|did not end its session/;
const STOPPED = 1_000;

describe.each(HARNESSES)("faults of %s, for real", (harness) => {
  const shell = SHELLS[harness];
  let before: Footprint;
  let world: World;
  let client: Client;
  const hosts: number[] = [];
  const exits: number[] = [];

  beforeAll(async () => {
    before = await footprint();
    world = await World.create();
    const h2m = await world.serve({ harnesses: [harness], timeouts: { shutdown: 3_000 } });
    h2m.on("host:start", ({ pid }) => hosts.push(pid));
    h2m.on("host:exit", ({ pid }) => exits.push(pid));
    client = await world.client();
    await client.listTools();
  });

  afterAll(async () => {
    await world.end();
  });

  const kill = (signal: NodeJS.Signals) => {
    const [host, ...more] = hosts.filter(lives);
    expect(more, "one host is alive").toEqual([]);
    process.kill(host!, signal);
  };
  const closeShared = async () => {
    const shared = world.h2m.sessions.list().filter((session) => session.info().name);
    for (const session of shared) await session.close("the test wants it");
  };
  const echo = async (word: string) => textOf(await client.callTool(shell(`echo ${word}`)));
  const isRunning = (sleep: string) =>
    until("it runs", 10_000, async () => (await processesWith(`sleep ${sleep}`)).length > 0);
  const isGone = (sleep: string, ms: number) =>
    until("it is gone", ms, async () => (await processesWith(`sleep ${sleep}`)).length === 0);

  it("cancellation stops the command itself within 1 s, and nothing else", async () => {
    const [cancelled, started] = [mark(), exits.length];
    const control = new AbortController();
    const { signal } = control;
    const call = failure(client.callTool(shell(`sleep ${cancelled}`), { signal }));
    await isRunning(cancelled);
    // Claude Code runs it after the first one, the others beside it.
    const beside = echo("unhurt");

    control.abort();

    await inTime(STOPPED, isGone(cancelled, STOPPED));
    await call;
    expect(await inTime(10_000, beside)).toContain("unhurt");
    expect(exits.length).toBe(started);
  });

  it.each(RAW_ERAS)(
    "a client of %s that vanishes in a call: the command is gone within 1 s",
    async (era) => {
      const sleep = mark();
      const raw = await RawClient.open(world.h2m, era, `/${harness}/shared`);
      const { name, arguments: args } = shell(`sleep ${sleep}`);
      raw.call(name, args);
      await isRunning(sleep);
      const ended = exits.length;

      raw.vanish();

      await inTime(STOPPED, isGone(sleep, STOPPED));
      expect(exits.length).toBe(ended);
      expect(await echo("beside")).toContain("beside");
    },
  );

  it("kill -9 while it is idle: the next call starts another", async () => {
    await closeShared();
    const ended = exits.length;

    kill("SIGKILL");
    await until("its end is known", 2_000, () => exits.length > ended);

    expect(await inTime(NEW_HOST, echo("again"))).toContain("again");
  });

  it("kill -9 in a call: it fails at once, its command is ended, and the next one works", async () => {
    const sleep = mark();
    const call = failure(client.callTool(shell(`echo out; sleep ${sleep}`)));
    await isRunning(sleep);

    kill("SIGKILL");

    const { message } = await inTime(1_000, call);
    expect(message).toContain(`\`${harness}\` ended by SIGKILL`);
    expect(message).toContain("may or may not have run");
    await isGone(sleep, 4_000);
    expect(await inTime(NEW_HOST, echo("next"))).toContain("next");
  });

  it("SIGSTOP in a call: its session closes all the same, and nothing of it stays", async () => {
    const sleep = mark();
    const call = failure(client.callTool(shell(`sleep ${sleep}`)));
    await isRunning(sleep);

    kill("SIGSTOP");
    const closing = endSession(client);

    await inTime(1_000, call);
    await closing;
    await isGone(sleep, 6_000);
    await until("nothing is left", 6_000, async () => {
      const homes = (await readdir(world.temporary)).filter((name) => name.startsWith("h2m-"));
      return homes.length === 0 && (await ownProcesses(world.temporary)).length === 0;
    });
  });

  it("leaves processes, open files, connections and folders as before", async () => {
    await world.h2m.close();

    await asBefore(before, { connections: true });
    expect(world.troubles.filter((trouble) => !LAWFUL.test(trouble))).toEqual([]);
  });
});
