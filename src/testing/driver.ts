import { afterEach, describe, expect, it } from "vitest";
import type { HarnessLauncher, LaunchContext, Seat } from "../types/harness.ts";
import type { ToolCall } from "../types/turn.ts";
import { type DriverStage, type ScriptedProgram, Staged } from "./driver-stage.ts";

/** What the tests of a driver need to know of its program, which is played by a script. */
export interface DriverCase {
  /** What it is given: `install` with the facts of `detect`, a `home` if it looks into it. */
  readonly context: Pick<LaunchContext, "install"> & Partial<LaunchContext>;
  /** Plays the program: made anew for each test. */
  program(stage: DriverStage): ScriptedProgram | Promise<ScriptedProgram>;
  /** A call of a tool of this harness. Ids are the tests' own. @default `{ name: "shell", arguments: {} }` */
  readonly call?: Omit<ToolCall, "id">;
}

/** Milliseconds that anything may take: what has not ended then hangs. */
const LONGEST = 20_000;
/** So many of the lines that a driver writes are taken as the program's last moment. */
const MOMENTS = 6;

/** Tests what every driver must do, whatever its program is: call it at the top of a test file. */
export function describeDriver(launcher: HarnessLauncher, options: DriverCase): void {
  const { call: sample = { name: "shell", arguments: {} } } = options;
  const stages: Staged[] = [];
  let count = 0;

  const seatOf = (stage: Staged): Seat => ({
    id: `seat-${++count}`,
    token: `h2mhost_${count}`,
    cwd: stage.context.cwd,
    env: { H2M_LAUNCH: `mark-${count}` },
    prompt: stage.context.prompt,
  });
  const callOf = (): ToolCall => ({ ...sample, id: `h2m_${++count}` });
  const staged = async (): Promise<Staged> => {
    if (!launcher.drive) throw new Error(`${launcher.name} has no driver.`);
    const stage = new Staged(launcher.drive, {
      options: {},
      prompt: "go on",
      cwd: "/home/someone/project",
      home: "/nowhere/private-folder",
      origin: "http://127.0.0.1:54321/harness_to_mcp",
      token: "h2mhost_0123456789abcdef",
      secret: "secret-of-the-host",
      ...options.context,
    });
    stages.push(stage);
    stage.program = await options.program(stage);
    return stage;
  };
  const opened = async () => {
    const stage = await staged();
    const seat = seatOf(stage);
    await within(stage.driver.open(seat));
    return { stage, seat };
  };

  afterEach(async () => {
    for (const stage of stages.splice(0)) {
      stage.exit();
      await stage.program.end?.();
    }
  });

  // A rejection that nobody hears of fails the run: vitest says so.
  describe(`the driver of ${launcher.name}`, { timeout: LONGEST * 2 }, () => {
    it("opens a seat, and closes it", async () => {
      const { stage, seat } = await opened();

      expect(stage.driver.seats).toBeGreaterThanOrEqual(1);
      await within(stage.driver.close?.(seat));
    });

    it("comes to an end when a seat is closed while it opens", async () => {
      const stage = await staged();
      const seat = seatOf(stage);
      const opening = settled(stage.driver.open(seat));

      await within(settled(stage.driver.close?.(seat)));
      stage.exit();

      await within(opening);
    });

    it("comes to an end when its program ends, at each moment of an opening", async () => {
      for (let lines = 1; lines <= MOMENTS; lines++) {
        const stage = await staged();
        stage.endsAfter = lines;
        const opening = settled(stage.driver.open(seatOf(stage)));
        setImmediate(() => stage.exit());

        await within(opening);
      }
    });

    it("says at once how a call goes out, and keeps its id and name", async () => {
      const { stage, seat } = await opened();
      const call = callOf();

      const { outgoing } = stage.send(seat, call);

      expect(outgoing).not.toBeInstanceOf(Promise);
      expect(outgoing?.call).toMatchObject({ id: call.id, name: call.name });
      expect([undefined, true, false]).toContain(outgoing?.early);
    });

    it("takes any arguments", async () => {
      const { stage, seat } = await opened();
      const odd = [{}, { a: null }, { command: 7 }, { path: [] }, { "": { deep: [[{}]] } }];

      for (const args of odd) {
        const call = { ...callOf(), arguments: args };
        expect(stage.send(seat, call).outgoing?.call.id).toBe(call.id);
      }
    });

    it("settles a call that it promised to, once", async () => {
      const { stage, seat } = await opened();
      const call = callOf();
      const handed = stage.send(seat, call);

      await stage.program.finish?.(call, seat);
      if (handed.outgoing?.early) await until(() => handed.results.length > 0);
      await stage.program.finish?.(call, seat);
      await soon();

      expect(handed.results.length).toBeLessThanOrEqual(1);
    });

    it("bears a cancel at any time: at once, while the call runs, and a result after it", async () => {
      const { stage, seat } = await opened();
      const [first, second, neighbour] = [callOf(), callOf(), callOf()];

      const early = stage.send(seat, first);
      early.cancel();
      const late = stage.send(seat, second);
      await soon();
      late.cancel();
      const kept = stage.send(seat, neighbour);
      for (const call of [first, second, neighbour]) await stage.program.finish?.(call, seat);
      if (kept.outgoing?.early) await until(() => kept.results.length > 0);

      for (const { results } of [early, late, kept]) expect(results.length).toBeLessThanOrEqual(1);
    });

    it("bears the end of its program with calls out, one of them cancelled", async () => {
      const { stage, seat } = await opened();
      const [one, other] = [stage.send(seat, callOf()), stage.send(seat, callOf())];

      one.cancel();
      stage.exit();
      other.cancel();
      await soon();

      expect(one.results.length + other.results.length).toBeLessThanOrEqual(2);
      await within(settled(stage.driver.close?.(seat)));
    });

    it("settles no call of another seat", async () => {
      const { stage, seat } = await opened();
      if (stage.driver.seats < 2) return;
      const other = seatOf(stage);
      await within(stage.driver.open(other));
      const [mine, theirs] = [callOf(), callOf()];
      const [one, two] = [stage.send(seat, mine), stage.send(other, theirs)];

      await stage.program.finish?.(theirs, other);
      if (two.outgoing?.early) await until(() => two.results.length > 0);
      await soon();

      expect(one.results).toEqual([]);
    });

    it("begins a history anew, or comes to an end when its program ends meanwhile", async () => {
      const { stage, seat } = await opened();
      if (!stage.driver.reset) return;

      const lost = await within(stage.driver.reset(seat));
      expect(lost.every((each) => typeof each === "string")).toBe(true);

      for (let lines = 1; lines <= MOMENTS; lines++) {
        const { stage: dying, seat: last } = await opened();
        dying.endsAfter = dying.written + lines;
        const resetting = settled(dying.driver.reset?.(last));
        setImmediate(() => dying.exit());

        await within(resetting);
      }
    });

    it("says how grown a history is, if it does, as a number", async () => {
      const { stage, seat } = await opened();

      expect(stage.driver.growth?.(seat) ?? 0).toBeGreaterThanOrEqual(0);
    });
  });
}

/** How something ends is the driver's; that it does is what matters. */
function settled(promise: unknown): Promise<void> {
  return Promise.resolve(promise).then(
    () => {},
    () => {},
  );
}

/** Lets what is under way go on. */
async function soon(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: LONGEST, interval: 5 }).toBe(true);
}

async function within<T>(promise: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It has not ended within ${LONGEST} ms.`)), LONGEST);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
