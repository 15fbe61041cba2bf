import { describe, expect, it } from "vitest";
import { textIn } from "../helpers/clients.ts";
import { attached, told } from "../helpers/attached.ts";
import { FORGED, PIXEL } from "../../src/testing.ts";
import { connected, fakeAndClient, serve, serveFake, sharedFake } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

/** A harness whose results come with its next turn, and one that tells them at once. */
const KINDS = [
  { kind: "results with the next turn", options: {} },
  { kind: "results told early", options: { driver: true, headers: true } },
  { kind: "results told early, without headers", options: { driver: true } },
] as const;

describe.each(KINDS)("a call ($kind)", ({ options }) => {
  const shared = sharedFake({
    ...options,
    order: "reverse",
    settles: ({ name }) => name !== "lost",
  });
  /** The names of the calls that the harness ran since. */
  const ran = async (): Promise<() => Promise<string[]>> => {
    const { client } = shared();
    const read = async () => JSON.parse(await client.text("log")) as string[];
    const before = await read();
    return async () => (await read()).slice(before.length, -1);
  };

  it("gives text byte for byte, errors as errors and images as images", async () => {
    const { client } = shared();

    expect(await client.call("echo", { text: "a\u2028b\n\0\u{1F980} " })).toEqual({
      content: [{ type: "text", text: "a\u2028b\n\0\u{1F980} " }],
    });
    expect(await client.call("fail", { text: "no" })).toEqual({
      content: [{ type: "text", text: "no" }],
      isError: true,
    });
    expect(await client.call("image")).toEqual({
      content: [
        { type: "text", text: "seen" },
        { type: "image", mimeType: "image/png", data: PIXEL },
      ],
    });
    expect((await client.text("big", { n: 1_000_000 })).length).toBe(1_000_000);
  });

  it("takes text that looks like content blocks for text", async () => {
    const { client } = shared();

    expect(await client.call("forged")).toEqual({ content: [{ type: "text", text: FORGED }] });
  });

  it("leaves a trailing reminder of another harness where it is", async () => {
    const { client } = shared();

    expect(await client.text("reminded")).toBe(
      "body\n\n<system-reminder>\nkept\n</system-reminder>",
    );
  });

  it("gives each of several calls its own result, in whatever order the harness sends them", async () => {
    const { client } = shared();
    const words = Array.from({ length: 12 }, (_, index) => `word ${index}`);

    const texts = await Promise.all(words.map((text) => client.text("echo", { text })));

    expect(texts).toEqual(words);
  });

  it("is answered when it is made while another runs", async () => {
    const { client } = shared();
    const slow = client.text("slow", { ms: 300, text: "late" });

    expect(await client.text("echo", { text: "meanwhile" })).toBe("meanwhile");
    expect(await slow).toBe("late");
  });

  it("fails when the harness goes on without its result, and is not sent twice", async () => {
    const { client } = shared();
    const since = await ran();

    const error = await failure(client.call("lost"));

    expect(error.message).toContain("went on without a result of `lost`");
    expect(error.message).toContain("may or may not have run");
    expect(await since()).toEqual(["lost"]);
  });

  it("comes through a connection that the harness cuts", async () => {
    const { client } = shared();
    const since = await ran();

    expect(await client.text("hangup")).toBe("hung up");
    expect(await client.text("echo", { text: "again" })).toBe("again");
    expect(await since()).toEqual(["hangup", "echo"]);
  });

  it("is checked before it goes out: a wrong one is a clear error and never reaches the harness", async () => {
    const { client } = shared();
    const since = await ran();

    const missing = await client.call("echo", {});
    const wrong = await client.call("slow", { ms: "long", text: "x" });
    const unknown = await client.call("echo", { text: "x", loud: true });

    for (const result of [missing, wrong, unknown]) expect(result.isError).toBe(true);
    expect(textIn(missing)).toContain("`text` is missing");
    expect(textIn(wrong)).toContain("`ms` must be number");
    expect(textIn(unknown)).toContain("`loud` is not known");
    expect(await since()).toEqual([]);
  });

  it("of an unknown tool is refused with the nearest name", async () => {
    const { client } = shared();

    const error = await failure(client.call("ecko", { text: "x" }));

    expect(error.code).toBe(-32602);
    expect(error.message).toContain("There is no tool `ecko`. Did you mean `echo`?");
    expect(await client.text("echo", { text: "alive" })).toBe("alive");
  });
});

describe("calls together", () => {
  it("share one turn if they are made at the same instant", async () => {
    const h2m = await serveFake();
    const session = h2m.sessions.open({});
    await session.tools();

    const results = await Promise.all(Array.from({ length: 4 }, () => session.call("turn", {})));

    expect(results.map(textIn)).toEqual(Array.from({ length: 4 }, () => '{"request":1,"calls":4}'));
  });

  it("wait for no company: a lone call goes out at once", async () => {
    const h2m = await serve();
    const harness = attached(h2m);
    const reply = await harness.turn();
    const session = h2m.sessions.open({});
    await session.tools();

    const started = performance.now();
    const result = session.call("echo", { text: "quick" });
    const call = await reply.expectCall();

    // Generous for a busy machine; a batching window would have to be far longer to be of use.
    expect(performance.now() - started).toBeLessThan(1_000);
    await harness.next([told(call, "quick")]);
    expect(textIn(await result)).toBe("quick");
  });

  it("of two clients never get each other's results", async () => {
    const h2m = await serveFake({ driver: true });
    const [one, two] = await Promise.all([connected(h2m), connected(h2m)]);
    const run = (client: typeof one, who: string) =>
      Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const text = `${who} ${index}`;
          return (await client.text("slow", { ms: index % 5, text })) === text;
        }),
      );

    const right = await Promise.all([run(one, "one"), run(two, "two")]);

    expect(right.flat().every(Boolean)).toBe(true);
    expect(await one.text("pid")).not.toBe(await two.text("pid"));
  });
});

describe("a call that takes too long", () => {
  it("fails at its deadline, is stopped in the harness, and the session lives on", async () => {
    const { client } = await fakeAndClient({ driver: true }, { timeouts: { call: 300 } });
    await client.names();

    const error = await failure(client.call("slow", { ms: 60_000, text: "never" }));

    expect(error.message).toContain("`slow` gave no result within 0.3 s");
    expect(error.message).toContain("timeouts.call");
    await until("the call was stopped", async () =>
      (await client.text("log")).includes("slow:cancelled"),
    );
  });

  it("is stopped in the harness when the client cancels it", async () => {
    const { client } = await fakeAndClient({ driver: true });
    await client.names();
    const control = new AbortController();
    const call = client.call("slow", { ms: 60_000, text: "never" }, { signal: control.signal });
    await until("the call runs", async () => (await client.text("log")).includes("slow"));

    control.abort();

    await failure(call);
    await until("the call was stopped", async () =>
      (await client.text("log")).includes("slow:cancelled"),
    );
  });

  it("never goes out if it is cancelled while it waits for a turn", async () => {
    const h2m = await serve();
    const harness = attached(h2m);
    const reply = await harness.turn();
    const session = h2m.sessions.open({});
    const first = session.call("echo", { text: "first" });
    const call = await reply.expectCall();
    const control = new AbortController();
    const waiting = session.call("echo", { text: "second" }, { signal: control.signal });

    control.abort();
    const error = await failure(waiting);
    const next = await harness.next([told(call, "done")]);

    expect(error.code).toBe("cancelled");
    expect(textIn(await first)).toBe("done");
    const third = session.call("echo", { text: "third" });
    expect((await next.expectCall()).arguments).toEqual({ text: "third" });
    await harness.next([told(await next.expectCall(), "third")]);
    await third;
  });
});
