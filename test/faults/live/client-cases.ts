import { expect, it } from "vitest";
import { failure } from "../../helpers/until.ts";
import { RAW_ERAS } from "../raw-client.ts";
import { inTime } from "../scene.ts";
import { mark, SHELLS } from "./shells.ts";
import { type Stage, STOPPED } from "./stage.ts";

/** What becomes of running commands when their client gives them up. */
export function clientCases(on: () => Stage): void {
  const call = (command: string) => {
    const { name, arguments: args } = SHELLS[on().harness](command);
    return [name, args] as const;
  };

  it("`notifications/cancelled` stops that command within 1 s, and nothing beside it", async () => {
    const stage = on();
    const [sleep, ended] = [mark(), stage.exits.length];
    const control = new AbortController();
    const cancelled = failure(stage.run(`sleep ${sleep}`, control.signal));
    await stage.running(sleep);
    // Claude Code runs it after the first one, the others beside it.
    const beside = stage.echo("unhurt");

    control.abort();

    await inTime(STOPPED, stage.gone(sleep));
    await cancelled;
    expect(await inTime(5_000, beside)).toContain("unhurt");
    expect(stage.exits.length).toBe(ended);
  });

  it("a 2026-07-28 response stream that is closed stops that command within 1 s, and nothing beside it", async () => {
    const stage = on();
    const client = await stage.raw("2026-07-28");
    const sleep = mark();
    const left = client.call(...call(`sleep ${sleep}`));
    await stage.running(sleep);
    const ended = stage.exits.length;
    const beside = client.call(...call("echo unhurt"));

    left.leave();

    await inTime(STOPPED, stage.gone(sleep));
    await inTime(5_000, beside.ended());
    expect(JSON.stringify(beside.messages())).toContain("unhurt");
    expect(stage.exits.length).toBe(ended);
  });

  it.each(RAW_ERAS)(
    "a client of %s that vanishes with two calls out: both commands are gone within 1 s",
    async (era) => {
      const stage = on();
      const sleeps = [mark(), mark()];
      const client = await stage.raw(era);
      for (const sleep of sleeps) client.call(...call(`sleep ${sleep}; echo late >> ran`));
      await stage.running(sleeps[0]!);
      // Claude Code runs the second one after the first.
      if (stage.harness !== "claude") await stage.running(sleeps[1]!);
      const ended = stage.exits.length;

      client.vanish();

      await inTime(STOPPED, Promise.all(sleeps.map((sleep) => stage.gone(sleep))));
      // A call after them: what was given up did not begin later either.
      const next = (await stage.raw(era)).call(...call("echo next"));
      await inTime(5_000, next.ended());
      expect(JSON.stringify(next.messages())).toContain("next");
      for (const sleep of sleeps) await stage.gone(sleep);
      expect(await stage.runs("late")).toBe(0);
      expect(stage.exits.length).toBe(ended);
    },
  );
}
