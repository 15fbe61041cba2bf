import { expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import type { H2m, MapperCall } from "../../src/index.ts";
import { type CallToolResult, textResult } from "../../src/plugin.ts";
import { fakePlugin } from "../../src/testing.ts";
import { type Exchange, RawClient } from "../faults/raw-client.ts";
import { serve } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

const LARGE = "x".repeat(12_000_000);

/** `echo` of "large" gives much, of "late" the same after a while, of "bigint" what is no JSON. */
function served(timeouts = {}): Promise<H2m> {
  const call = async (given: MapperCall, next: (given: MapperCall) => Promise<CallToolResult>) => {
    const { text } = given.arguments;
    if (text === "late") await sleep(100);
    if (text === "large" || text === "late") return textResult(LARGE);
    if (text === "bigint") return { content: [], structuredContent: { n: 1n } };
    return next(given);
  };
  return serve({
    harnesses: ["fake"],
    plugins: [
      fakePlugin({ driver: true, headers: true }),
      { name: "mine", mappers: [{ name: "m", call }] },
    ],
    timeouts,
    heartbeat: 20,
  });
}

/** A call under an id that another one has, as soon as that is free; it takes some time. */
async function again(h2m: H2m, client: RawClient, id: number): Promise<Exchange> {
  let runs = false;
  h2m.on("call:start", ({ name }) => (runs ||= name === "slow"));
  for (;;) {
    const call = client.callAs(id, "slow", { ms: 1_500, text: "y" });
    await until("it runs, or is refused", () => runs || call.messages().length > 0);
    if (runs) return call;
  }
}

it("a result that is no JSON leaves nobody waiting", async () => {
  const h2m = await served();
  const client = await RawClient.open(h2m, "2025-11-25");
  const call = client.call("echo", { text: "bigint" });
  await call.ended(1_000);
});

it("a client that goes in the middle of a large answer is away", async () => {
  const h2m = await served({ gone: 250 });
  const client = await RawClient.open(h2m, "2025-11-25");
  const stream = client.listen();
  expect(await stream.begun()).toBe(200);
  const call = client.call("echo", { text: "large" });
  call.pause();
  await sleep(600);
  stream.leave();
  await sleep(100);
  client.vanish();
  await until("its session has ended", () => h2m.sessions.list().length === 0, 4_000);
});

it.each(["large", "late"])(
  "a connection whose answer was made cancels no later call with its id: %s",
  async (text) => {
    const h2m = await served();
    const client = await RawClient.open(h2m, "2025-11-25");
    const first = client.callAs(1, "echo", { text }, text === "late" ? "token" : undefined);
    first.pause();
    const second = await again(h2m, client, 1);

    first.leave();
    await second.ended();

    expect(second.messages()).toMatchObject([{ id: 1, result: {} }]);
  },
);
