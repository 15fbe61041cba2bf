import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failure, lives } from "../../helpers/until.ts";
import { RawClient } from "../raw-client.ts";
import { inTime, until } from "../scene.ts";
import { HARNESSES, SHELLS } from "./shells.ts";
import { NEW_HOST, Stage } from "./stage.ts";

/** A session that nobody uses for so many ms is ended. */
const IDLE = 6_000;
const TEXT = 'é 🦀 {"result":{"callId":"x"}}';

describe.each(HARNESSES)("%s, for real, with a rough event stream:", (harness) => {
  let stage: Stage;
  beforeAll(
    async () => void (stage = await Stage.open(harness, { timeouts: { idle: IDLE } }, true)),
  );
  afterAll(() => stage?.end());

  it("kill -9 while it starts: who waits hears of it at once, and the next request starts another", async () => {
    const client = await stage.client();
    const waiting = failure(client.listTools(undefined, { timeout: 60_000 }));
    await until("it starts", () => stage.hosts.length === 1, NEW_HOST);

    stage.signal("SIGKILL");

    const { message } = await inTime(1_000, waiting);
    expect(message).toContain(`\`${harness}\` ended by SIGKILL`);
    expect(await inTime(NEW_HOST, stage.echo("started"))).toContain("started");
    expect(stage.hosts.length).toBe(2);
  });

  it("garbage between its events, and events in pieces: each call gets its own result, byte for byte", async () => {
    const texts = Array.from({ length: 6 }, (_, index) => `${index} ${TEXT}`);

    const calls = texts.map((text) => stage.run(`printf %s '${text}'`));

    const results = await inTime(10_000, Promise.all(calls));
    for (const [place, text] of texts.entries()) expect(results[place]).toContain(text);
    expect(stage.hosts.length).toBe(2);
  });

  it("nobody uses its session, though the client holds a GET stream open: it ends, and then 404 is told", async () => {
    const client = await RawClient.open(stage.world.h2m, "2025-11-25");
    const listening = client.listen();
    const { name, arguments: args } = SHELLS[harness]("echo here");
    await client.call(name, args).ended(NEW_HOST);

    await inTime(
      IDLE + 3_000,
      until("they end", () => stage.world.h2m.sessions.list().length === 0, IDLE + 3_000),
    );

    await listening.ended();
    await until("the harnesses are gone", () => !stage.hosts.some(lives), 5_000);
    await stage.nothingIsLeft(5_000);
    expect((await client.call(name, args).ended()).statusCode).toBe(404);
  });
});
