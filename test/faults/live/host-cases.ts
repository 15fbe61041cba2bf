import { expect, it } from "vitest";
import { failure } from "../../helpers/until.ts";
import { endSession } from "../../live/world.ts";
import { inTime, until } from "../scene.ts";
import { mark } from "./shells.ts";
import { NEW_HOST, noted, type Stage } from "./stage.ts";

const AT_ONCE = 1_000;

/** What becomes of calls and sessions when the harness is killed or stopped. */
export function hostCases(on: () => Stage): void {
  it("kill -9 while it is idle: the next call starts another, and is run once", async () => {
    const stage = on();
    await stage.closeShared();
    const { host } = stage;

    stage.signal("SIGKILL");
    await until("its end is known", () => stage.exits.includes(host));

    expect(await inTime(NEW_HOST, stage.echo("again"))).toContain("again");
    expect(await stage.runs("again")).toBe(1);
  });

  it("kill -9 with two calls out: both fail at once, their commands are ended, and the next one works", async () => {
    const stage = on();
    const sleeps = [mark(), mark()];
    const calls = sleeps.map((sleep) => failure(stage.run(`${noted(sleep)}; sleep ${sleep}`)));
    await stage.running(sleeps[0]!);
    // Claude Code runs the second one after the first.
    if (stage.harness !== "claude") await stage.running(sleeps[1]!);

    stage.signal("SIGKILL");

    for (const { message } of await inTime(AT_ONCE, Promise.all(calls))) {
      expect(message).toContain(`\`${stage.harness}\` ended by SIGKILL`);
      expect(message).toContain("may or may not have run");
    }
    for (const sleep of sleeps) await stage.gone(sleep, 4_000);
    expect(await inTime(NEW_HOST, stage.echo("next"))).toContain("next");
    for (const sleep of sleeps) expect(await stage.runs(sleep)).toBeLessThanOrEqual(1);
  });

  it("kill -9 while its history is started anew: the waiting call is run by the next harness, once", async () => {
    const stage = on();
    const { host } = stage;
    const begun = stage.reset(() => stage.signal("SIGKILL"));
    await stage.echo("makes-it-due");
    await begun;

    expect(await inTime(NEW_HOST, stage.echo("waited"))).toContain("waited");
    expect(stage.host).not.toBe(host);
    expect(await stage.runs("waited")).toBe(1);
  });

  it("a cut of our stream while its history is started anew: the waiting call is run, once", async () => {
    const stage = on();
    const begun = stage.reset(() => stage.proxy.cut());
    await stage.echo("makes-it-due");
    const { host } = stage;
    await begun;

    expect(await inTime(10_000 + NEW_HOST, stage.echo("waited-too"))).toContain("waited-too");
    expect(await stage.runs("waited-too")).toBe(1);
    expect(stage.host).toBe(host);
  });

  it("SIGSTOP in a call, and SIGCONT: every result comes, each once", async () => {
    const stage = on();
    const out = stage.run(`${noted("stopped-out")}; sleep 0.5; echo end-of-out`);
    await until("it runs", async () => (await stage.runs("stopped-out")) === 1);
    const { host } = stage;

    stage.signal("SIGSTOP");
    const meanwhile = stage.echo("stopped-meanwhile");
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    process.kill(host, "SIGCONT");

    expect(await inTime(3_000, out)).toContain("end-of-out");
    expect(await inTime(3_000, meanwhile)).toContain("stopped-meanwhile");
    expect(await stage.runs("stopped-out")).toBe(1);
    expect(await stage.runs("stopped-meanwhile")).toBe(1);
    expect(stage.host).toBe(host);
  });

  it("kill -9 in a call while its session closes: nothing of it stays", async () => {
    const stage = on();
    const sleep = mark();
    const call = failure(stage.run(`sleep ${sleep}`));
    await stage.running(sleep);

    const closing = endSession(await stage.client());
    stage.signal("SIGKILL");

    await inTime(AT_ONCE, call);
    await closing;
    stage.forget();
    await stage.gone(sleep, 4_000);
    await stage.nothingIsLeft(6_000);
  });

  it("SIGSTOP in a call: its session closes all the same, and nothing of it stays", async () => {
    const stage = on();
    const sleep = mark();
    const call = failure(stage.run(`sleep ${sleep}`));
    await until("it runs", () => stage.hosts.length > stage.exits.length, NEW_HOST);
    await stage.running(sleep);

    stage.signal("SIGSTOP");
    const closing = endSession(await stage.client());

    await inTime(AT_ONCE, call);
    await closing;
    stage.forget();
    await stage.gone(sleep, 6_000);
    await stage.nothingIsLeft(6_000);
  });
}
