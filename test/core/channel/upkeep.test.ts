import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Harness } from "../../../src/core/channel/harness.ts";
import { Keeper, TIMES } from "../../../src/core/channel/keeper.ts";
import { Losses } from "../../../src/core/channel/losses.ts";
import { Machine } from "../../../src/core/channel/machine.ts";
import { Upkeep } from "../../../src/core/channel/upkeep.ts";
import { Hooks } from "../../../src/core/plugins/hooks.ts";
import { H2mError } from "../../../src/errors.ts";
import { textResult } from "../../../src/plugin.ts";
import { Bench } from "./bench.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterEach(() => void vi.useRealTimers());

/** A harness that does what the test says, and what was asked of it. */
class Scripted implements Harness {
  attached = false;
  here = true;
  readonly starting = false;
  readonly pid = undefined;
  canRenew = true;
  growth = 0;
  readonly asked: string[] = [];
  /** What comes of the next start. */
  start: () => Promise<void> = () => new Promise(() => {});
  begun: (lost: readonly string[]) => void = () => {};

  ready(): Promise<void> {
    this.asked.push("start");
    return this.start();
  }
  arrived(): boolean {
    return false;
  }
  hungUp(): void {}
  worked(): void {}
  failed({ code }: H2mError): void {
    this.asked.push(`failed: ${code}`);
  }
  lost(): boolean {
    return true;
  }
  outgoing: Harness["outgoing"] = (call) => ({ call, early: false });
  whyGivenUp(_call: unknown, reason: unknown): unknown {
    return reason;
  }
  renew(): Promise<readonly string[]> {
    this.asked.push("renew");
    return new Promise((resolve) => (this.begun = resolve));
  }
  async end(): Promise<void> {
    this.asked.push("end");
    this.here = false;
  }
}

let harness: Scripted;
let bench: Bench;
let upkeep: Upkeep;
let told: string[];
let over: AbortController;

beforeEach(() => {
  harness = new Scripted();
  told = [];
  over = new AbortController();
  const keeper = new Keeper();
  const hooks = new Hooks();
  hooks.on("warning", ({ message }) => void told.push(message));
  hooks.on("error", ({ error }) => void told.push(error.message));
  bench = new Bench(
    class extends Machine {
      constructor(effects: ConstructorParameters<typeof Machine>[0]) {
        super({ ...effects, renewed: (lost) => upkeep.renewed(lost) });
      }
    },
  );
  upkeep = new Upkeep({
    name: "fake",
    hooks,
    session: () => ({ id: "one", harness: "fake", attached: false }),
    over: over.signal,
    machine: bench.machine,
    harness,
    keeper,
    losses: new Losses("fake", (message) => told.push(message)),
    step: (act) => {
      act();
      upkeep.check();
    },
  });
});

const step = (act: () => void): void => {
  act();
  upkeep.check();
};
/** Lets what was promised be heard of. */
const heard = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("calls that wait while no turn comes", () => {
  it("make the harness begin anew after some time, and no sooner", () => {
    step(() => bench.submit("1"));

    vi.advanceTimersByTime(TIMES.silence - 1);
    expect(harness.asked).toEqual([]);
    vi.advanceTimersByTime(1);

    expect(harness.asked).toEqual(["renew"]);
  });

  it("have it replaced where it cannot begin anew", () => {
    harness.canRenew = false;
    step(() => bench.submit("1"));

    vi.advanceTimersByTime(TIMES.silence);

    expect(harness.asked).toEqual(["failed: harness-exited", "end", "start"]);
    expect(bench.ended.size).toBe(0);
    expect(told).toEqual([expect.stringContaining("sends no request any more")]);
  });

  it.each([
    ["a turn has come", () => void bench.turn()],
    ["they are given up", () => bench.machine.giveUp("1", "cancelled")],
    ["the session ends", () => over.abort()],
  ])("cost nothing once %s", (_, act) => {
    step(() => bench.submit("1"));
    step(act);

    vi.advanceTimersByTime(60_000);

    expect(harness.asked).toEqual([]);
  });

  it("are no matter of a harness that its user attached", () => {
    harness.attached = true;
    harness.canRenew = false;
    step(() => bench.submit("1"));

    vi.advanceTimersByTime(60_000);

    expect(harness.asked).toEqual([]);
  });

  it("start a harness that is not here, and fail with what keeps it from starting", async () => {
    harness.here = false;
    harness.start = () => Promise.reject(new H2mError("not-installed", "It is not there."));

    step(() => bench.submit("1", "2"));
    await heard();

    expect(harness.asked).toEqual(["start"]);
    expect([...bench.ended.values()]).toEqual(["not-installed", "not-installed"]);
    step(() => bench.submit("3"));
    expect(harness.asked).toEqual(["start", "start"]);
  });
});

describe("a history that has grown", () => {
  it("begins anew at an idle moment, and what is lost is told", async () => {
    step(() => bench.turn());
    bench.submit("1");
    harness.growth = 1;
    upkeep.check();
    expect(harness.asked).toEqual([]);

    step(() => bench.turn({ 1: textResult("x") }));
    expect(harness.asked).toEqual(["renew"]);
    harness.begun(["the to-do list"]);
    await heard();
    harness.growth = 0;
    step(() => bench.turn());

    expect(told).toEqual([expect.stringMatching(/since it had grown\. Lost: the to-do list/)]);
    vi.advanceTimersByTime(60_000);
    expect(harness.asked).toEqual(["renew"]);
  });

  it("holds calls back once it is twice as long, until there is an idle moment", () => {
    step(() => bench.turn());
    bench.submit("1");
    harness.growth = 2;
    upkeep.check();
    step(() => bench.submit("2"));

    const reply = bench.turn({ 1: textResult("x") });
    upkeep.check();
    bench.flush();

    expect(reply.sent).toEqual([]);
    expect(harness.asked).toEqual(["renew"]);
  });

  it("that does not begin anew in time has its harness replaced", async () => {
    step(() => bench.turn());
    harness.growth = 1;
    upkeep.check();
    harness.growth = 0;
    step(() => bench.submit("1"));

    vi.advanceTimersByTime(TIMES.renewal);
    harness.begun(["too late"]);
    await heard();

    expect(harness.asked).toEqual(["renew", "failed: timeout", "end", "start"]);
    expect(told).toEqual([expect.stringContaining("did not start its history anew within 10 s")]);
  });

  it("is forgotten with a harness that ends meanwhile", async () => {
    step(() => bench.turn());
    harness.growth = 1;
    upkeep.check();
    harness.growth = 0;

    upkeep.abandon(new H2mError("harness-exited", "It is gone."));
    harness.begun(["too late"]);
    await heard();
    vi.advanceTimersByTime(60_000);

    expect(harness.asked).toEqual(["renew"]);
    expect(told).toEqual([]);
  });

  it("is not measured any more by a driver that throws, which is told once", () => {
    Object.defineProperty(harness, "growth", {
      get: () => {
        throw new Error("of the driver");
      },
    });
    for (let count = 0; count < 3; count++) step(() => bench.turn());

    expect(told).toEqual(["of the driver"]);
  });
});

describe("turns without a pause", () => {
  const many = () => {
    for (let count = 0; count < 31; count++) {
      bench.turn();
      upkeep.turn();
    }
  };

  it("have the harness replaced", () => {
    many();

    expect(harness.asked).toEqual(["failed: harness-exited", "end"]);
  });

  it("are counted over some seconds only", () => {
    for (let count = 0; count < 200; count++) {
      bench.turn();
      upkeep.turn();
      vi.advanceTimersByTime(200);
    }

    expect(harness.asked).toEqual([]);
  });

  it("are a matter of its user's where it is attached", () => {
    harness.attached = true;
    many();

    expect(harness.asked).toEqual([]);
  });
});
