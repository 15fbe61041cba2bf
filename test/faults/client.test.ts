import { describe, expect } from "vitest";
import { ERAS } from "../helpers/clients.ts";
import { failure } from "../helpers/until.ts";
import { RAW_ERAS, RawClient } from "./raw-client.ts";
import { DRIVEN, fault, inTime, type Scene, patience, until } from "./scene.ts";

/** What was given up must be stopped within this time. */
const STOPPED = 1_000;
const PATH = "/fake/shared";
const LONG = { ms: 60_000, text: "never" };

/** Waits until the harness was told to stop so many calls. */
async function stopped(scene: Scene, times = 1): Promise<void> {
  const told = async () => {
    const log = await (await scene.beside(PATH)).text("log");
    return log.split("slow:cancelled").length - 1 === times;
  };
  await inTime(STOPPED, until("it is stopped", told));
}

describe.each(ERAS)("cancellation by a client of %s", (era) => {
  fault("in a call: only its own command is stopped, within 1 s", {}, async (scene) => {
    const client = await scene.join(PATH, era);
    const beside = await scene.beside(PATH);
    const control = new AbortController();
    const call = failure(client.call("slow", LONG, { signal: control.signal }));
    const other = beside.text("slow", { ms: 1_000, text: "unhurt" });
    await scene.running("slow", 2);

    control.abort();

    await stopped(scene);
    await call;
    expect(await other).toBe("unhurt");
    expect(await client.text("echo", { text: "next" })).toBe("next");
    expect(scene.exits).toEqual([]);
  });
});

describe.each(RAW_ERAS)("a client of %s that vanishes", (era) => {
  fault("in a call: its command is stopped within 1 s, nothing beside it is", {}, async (scene) => {
    const other = (await scene.beside(PATH)).text("slow", { ms: 1_000, text: "unhurt" });
    const client = await RawClient.open(scene.h2m, era, PATH);
    client.call("slow", LONG);
    await scene.running("slow", 2);

    client.vanish();

    await stopped(scene);
    expect(await other).toBe("unhurt");
    expect(scene.exits).toEqual([]);
  });

  fault("with two calls out: both are stopped within 1 s", {}, async (scene) => {
    await scene.beside(PATH);
    const client = await RawClient.open(scene.h2m, era, PATH);
    client.call("slow", LONG);
    client.call("slow", LONG);
    await scene.running("slow", 2);

    client.vanish();

    await stopped(scene, 2);
    expect(scene.exits).toEqual([]);
  });

  fault(
    "while the harness starts: its call is never run",
    { cold: true, harness: { ...DRIVEN, delay: 800 } },
    async (scene) => {
      const client = await RawClient.open(scene.h2m, era, PATH);
      client.call("slow", LONG);
      // One for the scene's own client, which is connected already.
      await until("it starts", () => scene.hosts.length === 2);

      client.vanish();

      expect(await (await scene.beside(PATH)).text("echo", { text: "here" })).toBe("here");
      expect(scene.runs("slow")).toBe(0);
    },
  );

  fault("from one of two streams: the call of the other goes on", {}, async (scene) => {
    await scene.beside(PATH);
    const client = await RawClient.open(scene.h2m, era, PATH);
    const left = client.call("slow", LONG);
    const kept = client.call("slow", { ms: 1_000, text: "kept" });
    await scene.running("slow", 2);

    left.leave();

    await stopped(scene);
    await kept.ended();
    expect(JSON.stringify(kept.messages())).toContain('"text":"kept"');
  });
});

describe("a client that vanishes", () => {
  fault("in a reset: its waiting call is never run", {}, async (scene) => {
    const other = await scene.beside(PATH);
    const client = await RawClient.open(scene.h2m, "2025-11-25", PATH);
    let goOn = () => {};
    const begun = scene.reset(() => new Promise<void>((resolve) => (goOn = resolve)));
    await other.text("echo", { text: "makes it due" });
    await begun;
    client.call("slow", LONG);
    await until("it waits", () => scene.h2m.sessions.list().some((session) => session.info().name));

    client.vanish();
    await new Promise((resolve) => setTimeout(resolve, 100));
    goOn();

    expect(await other.text("echo", { text: "next" })).toBe("next");
    expect(scene.runs("slow")).toBe(0);
  });

  fault("while its session closes: nothing stays", {}, async (scene) => {
    const client = await RawClient.open(scene.h2m, "2025-11-25");
    client.listen();
    client.call("slow", LONG);
    await scene.running("slow");
    const sessions = scene.h2m.sessions.list();

    const closing = sessions.map((session) => session.close("the test wants it"));
    client.vanish();

    await inTime(3_000, Promise.all(closing));
    expect(scene.h2m.sessions.list()).toEqual([]);
  });
});

describe("a sign of life", () => {
  const heartbeat = 250;
  const cases = [
    { when: "while a call runs", harness: DRIVEN, name: "slow", args: { ms: 2_500, text: "x" } },
    {
      when: "while the harness starts",
      harness: { ...DRIVEN, delay: 2_500 },
      name: "echo",
      args: { text: "x" },
    },
  ];
  for (const { when, harness, name, args } of cases) {
    for (const era of RAW_ERAS) {
      fault(
        `comes at least every heartbeat ${when}, for a client of ${era} that asks for progress`,
        { cold: true, harness, config: { heartbeat } },
        async (scene) => {
          const client = await RawClient.open(scene.h2m, era);
          const started = performance.now();
          const call = client.call(name, args, "token-1");
          await call.ended();

          const messages = call.messages();
          expect(JSON.stringify(messages.at(-1))).toContain('"text":"x"');
          const reports = messages.slice(0, -1);
          expect(reports.length).toBeGreaterThanOrEqual(4);
          for (const report of reports) expect(report["method"]).toBe("notifications/progress");
          const counts = reports.map(({ params }) => (params as { progress: number }).progress);
          expect(counts).toEqual(counts.toSorted((a, b) => a - b));
          const times = [started, ...call.arrivals];
          const gaps = times.slice(1).map((time, index) => time - times[index]!);
          expect(Math.max(...gaps)).toBeLessThan(heartbeat * 2 * patience());
        },
      );
    }
  }
});

describe("a deadline", () => {
  for (const harness of [DRIVEN, {}]) {
    const stops = harness === DRIVEN ? "and is stopped" : "though nothing can stop it";
    fault(
      `passes: the call fails with the tool's name and the seconds ${stops}; the next works`,
      { harness, config: { timeouts: { call: 1_500 } } },
      async (scene) => {
        const { client } = scene;
        const ms = harness === DRIVEN ? 60_000 : 2_000;

        const call = failure(client.call("slow", { ms, text: "late" }));

        expect((await inTime(1_500 + 200, call)).message).toContain(
          "`slow` gave no result within 1.5 s",
        );
        if (harness === DRIVEN) {
          const told = async () => (await client.text("log")).includes("slow:cancelled");
          await inTime(STOPPED, until("it is stopped", told));
        }
        await until("the next works", () =>
          client.text("echo", { text: "next" }).catch(() => undefined),
        );
        expect(scene.runs("slow")).toBe(1);
      },
    );
  }
});
