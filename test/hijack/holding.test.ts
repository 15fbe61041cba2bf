import { expect, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { fakeAndClient } from "../helpers/server.ts";
import type { ApiName } from "../../src/testing.ts";

const WIRES: readonly { api: ApiName; socket?: boolean }[] = [
  { api: "messages" },
  { api: "responses" },
  { api: "responses", socket: true },
  { api: "chat-completions" },
];

// All at once: each of them waits far more than it works.
it("a harness that gives up after 1 s of silence is held by signs of life, idle and while a call runs", async () => {
  const held = WIRES.map(async (wire) => {
    const options = { ...wire, idle: 1_000, driver: true } as const;
    const { client } = await fakeAndClient(options, { heartbeat: 100 });
    const pid = await client.text("pid");

    await sleep(1_600);
    const slow = await client.text("slow", { ms: 1_600, text: "held" });

    expect(slow).toBe("held");
    expect(await client.text("pid")).toBe(pid);
    expect(JSON.parse(await client.text("turn"))).toMatchObject({ request: 1 });
  });

  await Promise.all(held);
});

it("a harness gives up if signs of life are too far apart: the test above would see it", async () => {
  const codes = WIRES.map(async (wire) => {
    const options = { ...wire, idle: 300, driver: true } as const;
    const { h2m, client } = await fakeAndClient(options, { heartbeat: 60_000 });
    const exited = new Promise<number | null>((resolve) =>
      h2m.on("host:exit", ({ code }) => resolve(code)),
    );
    await client.names();
    return exited;
  });

  expect(await Promise.all(codes)).toEqual([9, 9, 9, 9]);
});
