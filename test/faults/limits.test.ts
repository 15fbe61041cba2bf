import { describe, expect } from "vitest";
import { failure, lives } from "../helpers/until.ts";
import { RawClient } from "./raw-client.ts";
import { DRIVEN, fault, inTime, until } from "./scene.ts";

describe("a session that nobody uses", () => {
  fault(
    "is ended after `timeouts.idle` with its harness, though its client listens; then it gets 404",
    { config: { timeouts: { idle: 1_500 } } },
    async (scene) => {
      const client = await RawClient.open(scene.h2m, "2025-11-25");
      const listening = client.listen();
      await client.call("echo", { text: "x" }).ended();

      await inTime(
        1_500 + 1_000,
        until("it ends", () => scene.h2m.sessions.list().length === 0),
      );

      await listening.ended();
      await until("the harnesses are gone", () => !scene.hosts.some(lives));
      const answer = await client.call("echo", { text: "y" }).ended();
      expect(answer.statusCode).toBe(404);
      expect((await failure(scene.client.names())).message).toContain("no such MCP session");
    },
  );

  fault(
    "is not ended while its call runs, however long",
    { cold: true, config: { timeouts: { idle: 800 } } },
    async (scene) => {
      const result = await scene.client.text("slow", { ms: 2_200, text: "done" });

      expect(result).toBe("done");
      expect(scene.hosts.length).toBe(1);
    },
  );
});

describe("sessions.max", () => {
  const config = { sessions: { max: 2 } };
  const harness = { ...DRIVEN, seats: 4, sharedKey: true };

  fault(
    "the one that was idle for the longest time gives way",
    { harness, config },
    async (scene) => {
      const oldest = scene.client;
      const younger = await scene.join();
      expect(await younger.text("echo", { text: "x" })).toBe("x");

      const newcomer = await scene.join();

      expect(await inTime(3_000, newcomer.text("echo", { text: "new" }))).toBe("new");
      expect(await younger.text("echo", { text: "still here" })).toBe("still here");
      expect((await failure(oldest.names())).message).toContain("no such MCP session");
      expect(scene.h2m.sessions.list().length).toBe(2);
      expect(scene.hosts.length).toBe(1);
    },
  );

  fault(
    "with none idle the newcomer is refused, and nobody is hurt",
    { harness, config },
    async (scene) => {
      const clients = [scene.client, await scene.join()];
      const calls = clients.map((client) =>
        client.text("slow", { ms: 3_000, text: "undisturbed" }),
      );
      await scene.running("slow", 2);

      const { message } = await inTime(1_000, failure(scene.join()));

      expect(message).toContain("2 sessions are open, all of them in use");
      expect(message).toContain("sessions.max");
      expect(await Promise.all(calls)).toEqual(["undisturbed", "undisturbed"]);
    },
  );

  fault(
    "a hundred sessions one after the other leave nothing",
    { harness, config },
    async (scene) => {
      for (let count = 0; count < 100; count++) {
        const client = await scene.join();
        if (count % 10 === 0)
          expect(await client.text("echo", { text: `${count}` })).toBe(`${count}`);
        await client.end();
      }

      expect(scene.h2m.sessions.list().length).toBeLessThanOrEqual(1);
      expect(scene.hosts.length).toBe(1);
      await scene.asWarm();
    },
  );
});
