import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Hooks } from "../../../src/core/plugins/hooks.ts";
import type { Session } from "../../../src/core/session/session.ts";
import { Warm } from "../../../src/core/session/warm.ts";
import type { HarnessOptions } from "../../../src/types/harness.ts";

/** A session whose harness does what the test says. */
class FakeSession {
  alive = false;
  busy = true;
  closed: string | undefined;
  came: () => void = () => {};
  fails: (error: Error) => void = () => {};
  readonly channel = {
    harness: {
      ready: () =>
        new Promise<void>((resolve, reject) => {
          this.came = () => {
            this.alive = true;
            this.busy = false;
            resolve();
          };
          this.fails = (error) => {
            this.busy = false;
            reject(error);
          };
        }),
    },
  };
  readonly harness: string;
  constructor(harness: string) {
    this.harness = harness;
  }
  close(reason: string): Promise<void> {
    this.closed = reason;
    return Promise.resolve();
  }
}

let hooks: Hooks;
let made: FakeSession[];
let warnings: string[];
beforeEach(() => {
  vi.useFakeTimers();
  hooks = new Hooks();
  made = [];
  warnings = [];
  hooks.on("warning", ({ message }) => warnings.push(message));
});
afterEach(() => void vi.useRealTimers());

function warm(harnesses: Record<string, HarnessOptions>, started = true): Warm {
  const pools = new Warm(
    harnesses,
    (harness) => {
      const session = new FakeSession(harness);
      made.push(session);
      return session as unknown as Session;
    },
    hooks,
  );
  if (started) pools.start();
  return pools;
}

/** A harness ends that had booted. */
async function dies(session: FakeSession | undefined): Promise<void> {
  session!.alive = false;
  hooks.emit("host:exit", { harness: session!.harness, pid: 1, code: 9 } as never);
  await settle();
}
const settle = () => vi.advanceTimersByTimeAsync(0);
const open = () => made.filter(({ closed }) => closed === undefined);

describe("a pool of warm sessions", () => {
  it("is as large as the config says, for each harness, from its start on", () => {
    const pools = warm({ uno: { warm: 2 }, duo: {}, tre: { warm: 1 } }, false);
    expect(made).toEqual([]);

    pools.start();

    expect(made.map(({ harness }) => harness)).toEqual(["uno", "uno", "tre"]);
  });

  it("gives each session once, those that are there first, and is filled again", () => {
    const pools = warm({ uno: { warm: 2 } });
    made[1]?.came();

    expect(pools.take("uno")).toBe(made[1]);
    expect(made).toHaveLength(3);
    expect(pools.take("uno")).toBe(made[0]);
    expect(pools.take("uno")).toBe(made[2]);
    expect(made).toHaveLength(5);
  });

  it("has none of a harness that nobody keeps warm", () => {
    const pools = warm({ uno: {} });

    expect(pools.take("uno")).toBeUndefined();
    expect(pools.take("duo")).toBeUndefined();
    expect(made).toEqual([]);
  });

  it("replaces one whose harness has died, at once the first time", async () => {
    warm({ uno: { warm: 1 } });
    made[0]?.came();

    await dies(made[0]);

    expect(made[0]?.closed).toBe("its harness has ended");
    expect(made).toHaveLength(2);
  });

  it("leaves alone one that still starts when another one's host ends", async () => {
    warm({ uno: { warm: 2 } });
    made[0]?.came();

    await dies(made[0]);

    expect(made[1]?.closed).toBeUndefined();
    expect(open()).toHaveLength(2);
  });

  it("tells nobody of one that fails after a client has taken it: the client hears of it", async () => {
    const pools = warm({ uno: { warm: 1 } });
    pools.take("uno");

    made[0]?.fails(new Error("no way"));
    await settle();

    expect(warnings).toEqual([]);
    expect(made[0]?.closed).toBeUndefined();
    expect(made).toHaveLength(2);
  });
});

describe("a harness that does not start", () => {
  it("is told of and tried again after pauses that grow up to a minute", async () => {
    warm({ uno: { warm: 1 } });
    const pauses: number[] = [];
    for (let round = 0; round < 10; round++) {
      const from = Date.now();
      made.at(-1)?.fails(new Error(`no way ${round}`));
      const known = made.length;
      await settle();
      while (made.length === known) await vi.advanceTimersByTimeAsync(100);
      pauses.push(Date.now() - from);
    }

    expect(pauses).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(warnings).toHaveLength(10);
    expect(warnings[0]).toBe("No warm session of uno: no way 0");
    expect(open()).toHaveLength(1);
  });

  it("is one that boots and dies too, until a client gets one that lives", async () => {
    const pools = warm({ uno: { warm: 1 } });
    for (const pause of [0, 500, 1_000]) {
      const known = made.length;
      made.at(-1)?.came();
      await dies(made.at(-1));
      await vi.advanceTimersByTimeAsync(Math.max(0, pause - 1));
      expect(made).toHaveLength(pause === 0 ? known + 1 : known);
      await vi.advanceTimersByTimeAsync(1);
      expect(made).toHaveLength(known + 1);
    }
    made.at(-1)?.came();

    expect(pools.take("uno")).toBe(made[3]);
    made[4]?.came();
    await dies(made[4]);

    // As the first time: at once.
    expect(made).toHaveLength(6);
  });

  it("has one pause for all of its sessions, however many end in it", async () => {
    warm({ uno: { warm: 2 } });
    const [one, two] = made;
    one?.fails(new Error("no way"));
    two?.fails(new Error("no way"));
    await settle();
    const known = made.length;
    await vi.advanceTimersByTimeAsync(499);
    expect(made.length).toBe(known);

    await vi.advanceTimersByTimeAsync(1);

    expect(open()).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds up no other harness", async () => {
    warm({ uno: { warm: 1 }, duo: { warm: 1 } });
    for (let round = 0; round < 2; round++) {
      made.findLast(({ harness }) => harness === "uno")?.fails(new Error("no way"));
      await settle();
    }
    const duo = made.find(({ harness }) => harness === "duo");
    duo?.came();
    await dies(duo);

    expect(made.filter(({ harness }) => harness === "duo")).toHaveLength(2);
  });
});

describe("the end of warm sessions", () => {
  it("comes with the server, and no further one is made, not after a pause either", async () => {
    const pools = warm({ uno: { warm: 1 } });
    for (let round = 0; round < 2; round++) {
      made.at(-1)?.fails(new Error("no way"));
      await settle();
    }
    const known = made.length;
    expect(vi.getTimerCount()).toBe(1);
    await pools.close("the server ends");
    expect(vi.getTimerCount()).toBe(0);
    await dies(made[0]);
    await vi.advanceTimersByTimeAsync(120_000);

    expect(made).toHaveLength(known);
  });

  it("is told to each of them, and what fails then is no matter", async () => {
    const pools = warm({ uno: { warm: 2 } });
    made[0]?.came();
    await pools.close("the server ends");
    made[1]?.fails(new Error("it was ended"));
    await dies(made[0]);

    expect(made.map(({ closed }) => closed)).toEqual(["the server ends", "the server ends"]);
    expect(warnings).toEqual([]);
  });

  it("comes with another config, whose own take their places first", async () => {
    const pools = warm({ uno: { warm: 1 }, duo: { warm: 1 } });
    made[0]?.came();

    const configured = pools.configure({ uno: { warm: 2 } });
    expect(made.map(({ harness }) => harness)).toEqual(["uno", "duo", "uno", "uno"]);
    await configured;

    expect(made.slice(0, 2).map(({ closed }) => closed)).toEqual(
      Array(2).fill("the config has changed"),
    );
    made[1]?.fails(new Error("it was ended"));
    await settle();
    expect(warnings).toEqual([]);
    expect(pools.take("duo")).toBeUndefined();
    expect(pools.take("uno")).toBe(made[2]);
  });
});
