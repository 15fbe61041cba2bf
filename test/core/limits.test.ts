import { describe, expect, it } from "vitest";
import { textIn } from "../helpers/clients.ts";
import { connected, serveFake } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

describe("calls at once, of a session", () => {
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

  it("do not count one that waits for a confirmation, nor is one sent that was given up in the line", async () => {
    const h2m = await serveFake(
      { driver: true },
      { tools: { limits: { concurrency: 1 }, confirm: ["big"] } },
    );
    const limited = h2m.sessions.open({});
    let answer: (() => void) | undefined;
    const confirm = () =>
      new Promise<{ answer: "decline" }>(
        (resolve) => (answer = () => resolve({ answer: "decline" })),
      );
    const asked = limited.call("big", { n: 1 }, { confirm });
    await until("the question", () => answer);

    expect(textIn(await limited.call("echo", { text: "meanwhile" }))).toBe("meanwhile");
    answer?.();
    expect(textIn(await asked)).toContain("declined");

    const control = new AbortController();
    const first = limited.call("slow", { ms: 200, text: "first" });
    const second = failure(limited.call("pid", {}, { signal: control.signal }));
    control.abort();
    expect((await second).code).toBe("cancelled");
    expect(textIn(await first)).toBe("first");
    const log = JSON.parse(textIn(await limited.call("log", {})));
    expect(log).toEqual(["echo", "slow", "log"]);
  });
});

it("calls within a minute are counted for each session, and one that is refused never goes out", async () => {
  const h2m = await serveFake({ driver: true }, { tools: { limits: { perMinute: 2 } } });
  const [one, two] = await Promise.all([connected(h2m), connected(h2m)]);

  expect(await one.text("echo", { text: "1" })).toBe("1");
  expect(await one.text("log")).toBe('["echo","log"]');
  expect(await one.text("echo", { text: "1" })).toContain("was not called");
  expect(await two.text("echo", { text: "2" })).toBe("2");
});
