import { describe, expect, it } from "vitest";
import type { Session } from "../../src/index.ts";
import { attached, type AttachedOptions, told } from "../helpers/attached.ts";
import { textIn } from "../helpers/clients.ts";
import { allTools, type ApiName, fakePlugin, FORGED, PIXEL } from "../../src/testing.ts";
import { serve } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

const APIS: readonly ApiName[] = ["messages", "responses", "chat-completions"];

/** An attached harness with its session. */
async function begin(options: AttachedOptions = {}) {
  const h2m = await serve({ plugins: [fakePlugin()], heartbeat: 50 });
  const harness = attached(h2m, options);
  const reply = await harness.turn();
  const session: Session = h2m.sessions.open({});
  await session.tools();
  return { h2m, harness, reply, session };
}

describe.each(APIS)("a turn of %s", (api) => {
  it("is held with signs of life that the harness counts, and answered with the call", async () => {
    const { harness, reply, session } = await begin({ api });
    await until("some signs of life", () => reply.counted > 4);
    expect(reply.end).toBeUndefined();

    const result = session.call("echo", { text: 'quote " and \u2028' });
    const call = await reply.expectCall();
    await reply.expectEnd();

    expect(call).toMatchObject({ name: "echo", arguments: { text: 'quote " and \u2028' } });
    await harness.next([told(call, "line\n\0end")]);
    expect(textIn(await result)).toBe("line\n\0end");
  });

  it("without `stream` is held too, and its whole answer is the same", async () => {
    const { harness, reply, session } = await begin({ api });
    const first = session.call("echo", { text: "1" });
    const next = await harness.next([told(await reply.expectCall(), "one")], { stream: false });
    await first;

    const second = [session.call("echo", { text: "2" }), session.call("fail", { text: "3" })];
    const calls = await next.expectCalls(2);

    expect(calls.map((call) => call.arguments)).toEqual([{ text: "2" }, { text: "3" }]);
    await harness.next(calls.map((call) => told(call, String(call.arguments["text"]))));
    expect((await Promise.all(second)).map(textIn)).toEqual(["2", "3"]);
  });

  it("brings images as image blocks, and text that looks like one as text", async () => {
    const { harness, reply, session } = await begin({ api });
    const image = session.call("image", {});
    const call = await reply.expectCall();
    const content = [
      { type: "text", text: "seen" },
      { type: "image", mimeType: "image/png", data: PIXEL },
    ];
    const next = await harness.next([{ call, result: { content } }]);
    expect((await image).content).toEqual(content);

    const forged = session.call("forged", {});
    await harness.next([told(await next.expectCall(), FORGED)]);

    expect((await forged).content).toEqual([{ type: "text", text: FORGED }]);
  });

  it("settles calls in whatever order it brings their results", async () => {
    const { harness, reply, session } = await begin({ api });
    const results = ["a", "b", "c"].map((text) => session.call("echo", { text }));
    const calls = await reply.expectCalls(3);

    await harness.next(
      calls.toReversed().map((call) => told(call, `got ${String(call.arguments["text"])}`)),
      { calls },
    );

    expect((await Promise.all(results)).map(textIn)).toEqual(["got a", "got b", "got c"]);
  });

  it("fails the calls whose results it lacks, and only those; they are not sent again", async () => {
    const { harness, reply, session } = await begin({ api });
    const kept = session.call("echo", { text: "kept" });
    const lost = failure(session.call("echo", { text: "lost" }));
    const calls = await reply.expectCalls(2);

    const next = await harness.next([told(calls[0]!, "here")], { calls });

    expect(textIn(await kept)).toBe("here");
    expect((await lost).code).toBe("outcome-unknown");
    const third = session.call("echo", { text: "third" });
    await next.expectEnd();
    expect(next.calls.map((call) => call.arguments)).toEqual([{ text: "third" }]);
    await harness.next([told(next.calls[0]!, "3")]);
    await third;
  });

  it("that comes a second time takes the place of the first, which is ended", async () => {
    const { harness, reply, session } = await begin({ api });

    const retry = await harness.turn();

    expect((await reply.expectEnd()).text).toContain("took the place");
    const result = session.call("echo", { text: "x" });
    const call = await retry.expectCall();
    expect(reply.calls).toEqual([]);
    await harness.next([told(call, "y")]);
    expect(textIn(await result)).toBe("y");
  });

  it("of another conversation is a side turn: answered at once, and nothing of the root changes", async () => {
    const { h2m, harness, reply, session } = await begin({ api });
    const before = await session.tools();
    const other = attached(h2m, { api, prompt: "You help.", tools: allTools().slice(0, 2) });

    const side = await other.turn();

    expect((await side.expectEnd()).text).toContain("No model is here");
    expect(await session.tools()).toBe(before);
    const result = session.call("echo", { text: "x" });
    const call = await reply.expectCall();
    // Also while the call is out.
    expect((await (await other.turn()).expectEnd()).text).toContain("No model is here");
    expect((await (await other.turn({ stream: false })).expectEnd()).text).toContain("No model");
    await harness.next([told(call, "still")]);
    expect(textIn(await result)).toBe("still");
    expect(await session.tools()).toBe(before);
  });

  it("without tools is answered at once: titles, summaries, compactions", async () => {
    const { harness, reply, session } = await begin({ api });

    for (const stream of [true, false]) {
      const title = await harness.turn({
        tools: [],
        history: [{ user: "Write a title." }],
        stream,
      });
      const compaction = await harness.turn({ tools: [], stream });
      expect((await title.expectEnd()).text).toContain("no model");
      expect((await compaction.expectEnd()).text).toContain("no model");
    }

    expect(reply.end).toBeUndefined();
    const result = session.call("echo", { text: "x" });
    await harness.next([told(await reply.expectCall(), "y")]);
    expect(textIn(await result)).toBe("y");
  });

  it("that the harness leaves makes room for the next one, and calls wait for it", async () => {
    const { h2m, harness, reply, session } = await begin({ api });
    reply.leave();
    await until("it is gone", () => reply.over);
    // Whatever the server answers after that, it has seen the end of the connection.
    await fetch(h2m.mcpUrl.replace("/mcp", "/health"));
    const result = session.call("echo", { text: "waits" });

    const next = await harness.turn();

    const call = await next.expectCall();
    await harness.next([told(call, "served")]);
    expect(textIn(await result)).toBe("served");
  });
});

describe("a harness that names its conversations", () => {
  const ROOT = { "x-fake-conversation": "one" };

  it("has its root held whatever its history is", async () => {
    const { harness, reply, session } = await begin({ headers: ROOT });
    const result = session.call("echo", { text: "x" });
    const call = await reply.expectCall();

    // Compacted: nothing of the earlier history is left.
    const next = await harness.turn({
      history: [{ user: "A summary." }, { calls: [call] }, { results: [told(call, "kept")] }],
    });

    expect(textIn(await result)).toBe("kept");
    expect(next.end).toBeUndefined();
  });

  it("has its subagents answered at once, also while nothing is held", async () => {
    const { harness, reply, session } = await begin({ headers: ROOT });
    const result = session.call("echo", { text: "x" });
    const call = await reply.expectCall();
    const agent = { "x-fake-conversation": "two", "x-fake-agent": "two" };

    const side = await harness.turn({ headers: agent });

    expect((await side.expectEnd()).text).toContain("No model is here");
    await harness.next([told(call, "y")]);
    expect(textIn(await result)).toBe("y");
  });

  it("does not let a subagent settle a call of the root, nor lose it", async () => {
    const { harness, reply, session } = await begin({ headers: ROOT });
    const result = session.call("echo", { text: "x" });
    const call = await reply.expectCall();

    // Codex 0.169.0: a child's first request holds the parent's call with the output "aborted".
    const side = await harness.turn({
      headers: { "x-fake-conversation": "two", "x-fake-agent": "two" },
      history: [...harness.history, { calls: [call] }, { results: [told(call, "aborted")] }],
    });
    await side.expectEnd();
    await harness.next([told(call, "true")]);

    expect(textIn(await result)).toBe("true");
  });

  it("settles a call by the result that a side turn of its root carries", async () => {
    const { harness, reply, session } = await begin({ headers: ROOT });
    const result = session.call("echo", { text: "x" });
    const call = await reply.expectCall();

    const compaction = await harness.turn({
      tools: [],
      history: [...harness.history, { calls: [call] }, { results: [told(call, "early")] }],
    });

    expect((await compaction.expectEnd()).text).toContain("no model");
    expect(textIn(await result)).toBe("early");
  });
});
