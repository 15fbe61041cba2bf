import { expect, it } from "vitest";
import type { HookEvents } from "../../src/index.ts";
import { ATTACH_KEY, connected, fakeAndClient, serveFake, TOKEN } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

const EVENTS: readonly (keyof HookEvents)[] = [
  "session:open",
  "session:close",
  "host:start",
  "host:exit",
  "turn",
  "tools",
  "call:start",
  "call:end",
  "warning",
  "error",
];

it("a listener that throws changes nothing and is reported as an error", async () => {
  const h2m = await serveFake({ driver: true });
  const errors: string[] = [];
  for (const event of EVENTS) {
    if (event === "error") continue;
    h2m.on(event, () => {
      throw new Error(`broken listener of ${event}`);
    });
  }
  h2m.on("error", ({ error }) => errors.push(error.message));
  const client = await connected(h2m);

  expect(await client.text("echo", { text: "fine" })).toBe("fine");
  expect(errors).toContain("broken listener of call:start");
  expect(errors).toContain("broken listener of session:open");
});

it("events tell of a session from its beginning to its end", async () => {
  const h2m = await serveFake({ driver: true });
  const seen: string[] = [];
  for (const event of EVENTS) h2m.on(event, () => void seen.push(event));
  const client = await connected(h2m);
  await client.text("echo", { text: "x" });
  await failure(client.call("nothing"));

  await client.end();
  await h2m.close();

  expect(seen).toEqual([
    "session:open",
    "host:start",
    "turn",
    "tools",
    "call:start",
    "call:end",
    "call:start",
    "call:end",
    "session:close",
    "host:exit",
  ]);
});

it("a listener that was taken back hears nothing", async () => {
  const h2m = await serveFake({ driver: true });
  let heard = 0;
  const stop = h2m.on("call:start", () => void heard++);
  const client = await connected(h2m);
  await client.text("pid");
  stop();

  await client.text("pid");

  expect(heard).toBe(1);
});

it("no secret stands in an event, in the harness's arguments or its environment", async () => {
  const { h2m, client } = await fakeAndClient({ driver: true });
  const events: unknown[] = [];
  for (const event of EVENTS) h2m.on(event, (payload: unknown) => void events.push(payload));
  process.env["H2M_TOKEN"] = "h2m-token-of-our-environment";
  process.env["ANTHROPIC_API_KEY"] = "a-real-key";
  try {
    const own = await connected(h2m, "/fake/other");
    expect(await own.text("env", { name: "H2M_TOKEN" })).toBe("(unset)");
    expect(await own.text("env", { name: "ANTHROPIC_API_KEY" })).toBe("(unset)");
  } finally {
    delete process.env["H2M_TOKEN"];
    delete process.env["ANTHROPIC_API_KEY"];
  }
  const seen = `${JSON.stringify(events)} ${await client.text("argv")}`;
  await client.end();

  for (const secret of [TOKEN, ATTACH_KEY, "h2mhost_", "a-real-key"])
    expect(seen).not.toContain(secret);
});
