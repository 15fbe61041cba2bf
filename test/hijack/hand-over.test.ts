import { H3 } from "h3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { messages } from "../../plugins/messages/index.ts";
import type { ReplyStream } from "../../src/core/host/reply-stream.ts";
import type { Admission } from "../../src/hijack/admit.ts";
import { addHijackRoutes } from "../../src/hijack/routes.ts";
import { WIRES } from "../../src/testing.ts";

const HEARTBEAT = 1_000;
const GIVEN = { history: [{ user: "Begin." }], tools: [], system: "Be a harness." };

/** The routes of one API before a session that the test plays. */
function app(serve: (reply: ReplyStream) => void): H3 {
  const admission = {
    replies: { heartbeat: HEARTBEAT, report: () => {} },
    caller: () => ({ kind: "attached", name: undefined }),
    admit: (_: unknown, adapter: typeof messages, { body }: { body: unknown }) => ({
      turn: adapter.parse(body, {}),
      serve,
    }),
  };
  const made = new H3();
  addHijackRoutes(made, [messages], admission as unknown as Admission);
  return made;
}

const request = (stream: boolean, signal?: AbortSignal) =>
  new Request(`http://127.0.0.1/harness_to_mcp${WIRES.messages.path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(WIRES.messages.request({ ...GIVEN, stream })),
    ...(signal ? { signal } : {}),
  });

beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => vi.useRealTimers());

describe.each([{ stream: true }, { stream: false }])("a turn with %o", ({ stream }) => {
  it("whose harness left before it was served is not held", async () => {
    const hungUp = new Promise<void>((resolve) => {
      const made = app((reply) => reply.onHangUp(resolve));
      void made.fetch(request(stream, AbortSignal.abort()));
    });

    await hungUp;

    expect(vi.getTimerCount()).toBe(0);
  });

  it("whose harness leaves later is let go then", async () => {
    const control = new AbortController();
    let held = () => {};
    const holding = new Promise<void>((resolve) => (held = resolve));
    const hungUp = new Promise<void>((resolve) => {
      const made = app((reply) => {
        reply.onHangUp(resolve);
        held();
      });
      void made.fetch(request(stream, control.signal));
    });
    await holding;
    expect(vi.getTimerCount()).toBe(stream ? 1 : 0);

    control.abort();
    await hungUp;

    expect(vi.getTimerCount()).toBe(0);
  });

  it("that its session cannot take is an error, and nothing of it stays", async () => {
    const heard: string[] = [];
    const made = app((reply) => {
      reply.onHangUp(() => heard.push("hung up"));
      throw new Error("no");
    });

    const response = await made.fetch(request(stream));

    expect(response.status).toBe(500);
    expect(vi.getTimerCount()).toBe(0);
    expect(heard).toEqual(["hung up"]);
  });
});
