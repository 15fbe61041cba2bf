import { describe, expect, it } from "vitest";
import { textIn } from "../helpers/clients.ts";
import { connected, serveFake } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

async function session(limits: object, more: object = {}) {
  const h2m = await serveFake({ driver: true }, { tools: { limits, ...more } });
  const opened = h2m.sessions.open({});
  await opened.tools();
  return { h2m, session: opened };
}

describe("calls at once", () => {
  it("are as many as the config says, and the others wait in line, in their order", async () => {
    const { session: limited } = await session({ concurrency: 2 });
    const ended: number[] = [];
    const calls = Array.from({ length: 6 }, async (_, index) => {
      const result = await limited.call("slow", { ms: 150, text: String(index) });
      ended.push(index);
      return textIn(result);
    });

    expect(await Promise.all(calls)).toEqual(["0", "1", "2", "3", "4", "5"]);
    expect(ended.map((index) => Math.floor(index / 2))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it("are no more when one that waits is given up, and its place in the line is free", async () => {
    const { session: limited } = await session({ concurrency: 1 });
    const first = limited.call("slow", { ms: 300, text: "first" });
    const control = new AbortController();
    const second = failure(limited.call("echo", { text: "second" }, { signal: control.signal }));
    const third = limited.call("echo", { text: "third" });

    control.abort();

    expect((await second).code).toBe("cancelled");
    expect(textIn(await first)).toBe("first");
    expect(textIn(await third)).toBe("third");
    const log = JSON.parse(textIn(await limited.call("log", {})));
    expect(log).toEqual(["slow", "echo", "log"]);
  });

  it("leave the line at their deadline", async () => {
    const h2m = await serveFake(
      { driver: true },
      { tools: { limits: { concurrency: 1 } }, timeouts: { call: 500 } },
    );
    const limited = h2m.sessions.open({ name: "one" });
    await limited.tools();

    const calls = [1, 2].map(() => failure(limited.call("slow", { ms: 60_000, text: "x" })));

    for (const error of await Promise.all(calls)) expect(error.code).toBe("timeout");
  });

  it("free their place when they fail", async () => {
    const { session: limited } = await session({ concurrency: 1 });

    await failure(limited.call("lost", {}, { signal: AbortSignal.timeout(300) }));
    for (const text of ["a", "b"]) expect(textIn(await limited.call("echo", { text }))).toBe(text);
  });

  it("do not count one that waits for a confirmation", async () => {
    const { session: limited } = await session({ concurrency: 1 }, { confirm: ["slow"] });
    let answer: (() => void) | undefined;
    const confirm = () =>
      new Promise<{ answer: "decline" }>(
        (resolve) => (answer = () => resolve({ answer: "decline" })),
      );
    const asked = limited.call("slow", { ms: 1, text: "x" }, { confirm });
    await until("the question", () => answer);

    expect(textIn(await limited.call("echo", { text: "meanwhile" }))).toBe("meanwhile");
    answer?.();
    expect(textIn(await asked)).toContain("declined");
  });
});

describe("calls within a minute", () => {
  it("beyond the limit are tool errors that tell the seconds to wait, and never go out", async () => {
    const { session: limited } = await session({ perMinute: 3 });
    for (const text of ["a", "b", "c"]) await limited.call("echo", { text });

    const refused = await limited.call("echo", { text: "d" });

    expect(refused.isError).toBe(true);
    expect(textIn(refused)).toMatch(
      /^`echo` was not called: this session may make 3 calls in a minute, and has\. Wait (60|5\d|4\d) s\.$/,
    );
  });

  it("are counted for each session", async () => {
    const h2m = await serveFake({ driver: true }, { tools: { limits: { perMinute: 1 } } });
    const [one, two] = await Promise.all([connected(h2m), connected(h2m)]);

    expect(await one.text("echo", { text: "1" })).toBe("1");
    expect(await two.text("echo", { text: "2" })).toBe("2");
    expect(await one.text("echo", { text: "1" })).toContain("was not called");
  });

  it("are asked about only while there is room, and those that are wrong are not counted", async () => {
    const { session: limited } = await session({ perMinute: 1 }, { confirm: ["echo"] });
    let asked = 0;
    const confirm = () => {
      asked++;
      return Promise.resolve({ answer: "accept" } as const);
    };
    await limited.call("echo", {}, { confirm });
    await failure(limited.call("ecko", {}, { confirm }));

    expect(textIn(await limited.call("echo", { text: "in" }, { confirm }))).toBe("in");
    expect(textIn(await limited.call("echo", { text: "out" }, { confirm }))).toContain("Wait");
    expect(asked).toBe(1);
  });
});
