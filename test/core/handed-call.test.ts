import { expect, it, vi } from "vitest";
import {
  definePlugin,
  type HarnessDriver,
  type HostIo,
  type OutCall,
  textResult,
} from "../../src/plugin.ts";
import { fakeLauncher } from "../../src/testing.ts";
import { serve } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

type Send = NonNullable<HarnessDriver["send"]>;

/** A served session whose driver is changed, and the warnings. */
async function session(change: (send: Send, host: HostIo) => Send, seats = 1) {
  const fake = fakeLauncher({ driver: true, headers: true, seats });
  const launcher = {
    ...fake,
    drive: (host: HostIo) => {
      const driver = fake.drive!(host);
      return { ...driver, send: change(driver.send!, host) };
    },
  };
  const plugins = [definePlugin({ name: "changed", harnesses: [launcher] })];
  const h2m = await serve({ harnesses: ["fake"], plugins });
  const warnings: string[] = [];
  h2m.on("warning", ({ message }) => warnings.push(message));
  h2m.on("error", ({ error }) => warnings.push(error.message));
  const opened = h2m.sessions.open({});
  await opened.tools();
  return { h2m, session: opened, warnings };
}

it.each([
  ["throws", (): void => fail()],
  ["rejects", async (): Promise<void> => fail()],
])("a driver that %s when it should stop a call is told of, and ends nothing", async (_, stop) => {
  const { session: opened, warnings } = await session((send) => (seat, call, out) => {
    out.signal.addEventListener("abort", stop);
    return send(seat, call, out);
  });
  const control = new AbortController();
  const slow = failure(opened.call("slow", { ms: 60_000, text: "x" }, { signal: control.signal }));
  await vi.waitFor(async () => expect(textOf(await opened.call("log", {}))).toContain("slow"));

  control.abort();

  expect((await slow).message).toContain("cancelled");
  expect(textOf(await opened.call("echo", { text: "goes on" }))).toBe("goes on");
  expect(warnings).toEqual([
    "`slow` could not be stopped: The plugin `changed` failed in `send` of the harness `fake`: no such leaf",
  ]);
});

it("a call ends once: later results are ignored, and its signal is never aborted", async () => {
  const handed: OutCall[] = [];
  const { session: opened, warnings } = await session((send) => (seat, call, out) => {
    handed.push(out);
    return send(seat, call, out);
  });
  const control = new AbortController();

  const { content } = await opened.call("echo", { text: "one" }, { signal: control.signal });
  handed[0]?.settle(textResult("another"));
  handed[0]?.progress("more");
  control.abort();

  expect(content).toEqual(textResult("one").content);
  expect(textOf(await opened.call("echo", { text: "two" }))).toBe("two");
  expect(handed.map(({ signal }) => signal.aborted)).toEqual([false, false]);
  expect(warnings).toEqual([]);
});

it("a driver that does not say how a call goes out fails it, with the name of its plugin", async () => {
  const { session: opened } = await session(
    (send) => (seat, call, out) =>
      call.name === "fail" ? (undefined as never) : send(seat, call, out),
  );

  expect((await failure(opened.call("fail", { text: "x" }))).message).toBe(
    "The plugin `changed` failed in `send` of the harness `fake`: it gave no call for `fail`; it must, and at once",
  );
  expect(textOf(await opened.call("echo", { text: "goes on" }))).toBe("goes on");
});

it("a call in the hands of one seat is nothing to another", async () => {
  const handed = new Map<string, string[]>();
  const { h2m, session: one } = await session(
    (send) => (seat, call, out) => {
      handed.set(seat.id, [...(handed.get(seat.id) ?? []), call.name]);
      return send(seat, call, out);
    },
    2,
  );
  const two = h2m.sessions.open({});
  await two.tools();

  const texts = await Promise.all(
    [one, two].map((each, at) => each.call("echo", { text: `of ${at}` })),
  );

  expect(texts.map(textOf)).toEqual(["of 0", "of 1"]);
  expect([...handed.values()]).toEqual([["echo"], ["echo"]]);
});

function fail(): never {
  throw new Error("no such leaf");
}

function textOf({ content }: { content: readonly unknown[] }): string {
  return (content[0] as { text?: string }).text ?? "";
}
