import { expect, it } from "vitest";
import { failure } from "../../helpers/until.ts";
import { inTime, until } from "../scene.ts";
import { NEW_HOST, noted, type Stage } from "./stage.ts";

/** The longest pause before a harness's second attempt, in ms (OpenCode 1.18.33: 2.3 s; the third comes 4 s later). */
const RETRY = 3_000;

/**
 * What becomes of calls when what we say to the harness is lost on its way. Each case begins with a new
 * history: OpenCode waits twice as long after each failure in one (1.18.33: 2, 4, 8 s and so on).
 */
export function streamCases(on: () => Stage): void {
  const fresh = async () => {
    const stage = on();
    await stage.closeShared();
    const begun = stage.reset(() => {});
    await stage.echo("makes-it-due");
    await begun;
    await stage.echo("anew");
    return stage;
  };

  it("our stream is cut while it is idle: the harness comes back, and the call is run once", async () => {
    const stage = await fresh();
    const { host } = stage;
    const asked = stage.proxy.requests;

    stage.proxy.cut();
    await inTime(RETRY, comesBack(stage, asked));

    expect(await inTime(1_000, stage.echo("after-idle"))).toContain("after-idle");
    expect(await stage.runs("after-idle")).toBe(1);
    expect(stage.host).toBe(host);
  });

  it("our stream is cut with two calls out: each has its own end, and is run once", async () => {
    const stage = await fresh();
    const words = ["cut-one", "cut-two"];
    const calls = words.map((word) => stage.run(`${noted(word)}; sleep 1; echo end-of-${word}`));
    await until("it runs", async () => (await stage.runs("cut-one")) === 1);

    stage.proxy.cut();

    const told = await inTime(
      2_000 + RETRY,
      Promise.all(calls.map((call) => call.catch((error: Error) => error.message))),
    );
    for (const [place, text] of told.entries()) {
      // OpenCode stops what runs when its request breaks (1.18.33).
      if (stage.harness === "opencode")
        expect(text).toMatch(/end-of-cut|aborted|may or may not have run/);
      else expect(await rest(stage, text)).toContain(`end-of-${words[place]}`);
    }
    expect(await inTime(RETRY, stage.echo("after-cut"))).toContain("after-cut");
    for (const word of words) expect(await stage.runs(word)).toBeLessThanOrEqual(1);
  });

  it("a call is on its way when our stream is cut: it fails as lost, and is not sent again", async () => {
    const stage = await fresh();
    stage.proxy.unheard = "";
    stage.proxy.deaf = true;
    const lost = failure(stage.echo("lost-word"));
    await until("it is sent", () => stage.proxy.unheard.includes("lost-word"));

    stage.proxy.deaf = false;
    stage.proxy.cut();

    const { message } = await inTime(RETRY + 2_000 + 1_000, lost);
    expect(message).toContain("may or may not have run");
    expect(await inTime(RETRY, stage.echo("after-lost"))).toContain("after-lost");
    expect(await stage.runs("lost-word")).toBe(0);
  });

  it("HTTP 500, then 429 in our place: nothing but a delay, and the call is run once", async () => {
    const stage = await fresh();
    const { host } = stage;
    const body = '{"error":{"message":"busy"}}';
    const headers = { "content-type": "application/json" };
    stage.proxy.refusals.push(...[500, 429].map((status) => ({ status, body, headers })));
    const asked = stage.proxy.requests;
    stage.proxy.cut();
    await comesBack(stage, asked);

    expect(await inTime(NEW_HOST, stage.echo("after-500"))).toContain("after-500");
    expect(stage.proxy.refusals).toEqual([]);
    expect(await stage.runs("after-500")).toBe(1);
    expect(stage.host).toBe(host);
  });

  it("an empty HTTP 200 in our place: the harness or another one comes back, and the call is run once", async () => {
    const stage = await fresh();
    const headers = { "content-type": "text/event-stream" };
    stage.proxy.refusals.push({ status: 200, headers }, { status: 200, headers });
    const asked = stage.proxy.requests;
    stage.proxy.cut();
    await comesBack(stage, asked);

    expect(await inTime(NEW_HOST, stage.echo("after-nothing"))).toContain("after-nothing");
    expect(await stage.runs("after-nothing")).toBe(1);
  });

  it("its next request reaches nobody: it begins a new history after 10 s, and the call is run once", async () => {
    const stage = await fresh();
    const { host, proxy } = stage;
    proxy.swallows = 1;
    proxy.cut();
    await until("it has asked in vain", () => proxy.swallows === 0, NEW_HOST);

    expect(await inTime(10_000 + 5_000, stage.echo("after-silence"))).toContain("after-silence");
    expect(await stage.runs("after-silence")).toBe(1);
    expect(stage.host).toBe(host);
  });
}

/** The harness has noticed the cut, and asks again. What is sent before that is lost with the stream. */
async function comesBack({ proxy }: Stage, asked: number): Promise<void> {
  await until("it has asked again", () => proxy.requests > asked, NEW_HOST);
}

/** A command of Codex that still runs when it asks again is told as running (0.169); the client can wait for its end. */
async function rest(stage: Stage, text: string): Promise<string> {
  const running = /Process running with session ID (\d+)/.exec(text)?.[1];
  if (running === undefined) return text;
  const wait = { session_id: Number(running), chars: "", yield_time_ms: 10_000 };
  return stage.call({ name: "write_stdin", arguments: wait });
}
