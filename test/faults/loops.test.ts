import { performance } from "node:perf_hooks";
import { describe, expect } from "vitest";
import { failure } from "../helpers/until.ts";
import { DRIVEN, fault, inTime, until } from "./scene.ts";

const KINDS = [
  { kind: "hangup", what: "asks, hangs up at once, and asks again" },
  { kind: "again", what: "asks again without waiting for an answer" },
] as const;

describe.each(KINDS)("a harness that $what", ({ kind }) => {
  fault(
    "for ever is replaced, then left alone for a growing pause; calls are told why",
    { cold: true, harness: { ...DRIVEN, loop: { kind } } },
    async (scene) => {
      let turns = 0;
      scene.h2m.on("turn", () => void turns++);

      const { message } = await until(
        "it is given up",
        async () => {
          const error = await failure(scene.client.call("echo", { text: "x" }));
          return error.message.includes("times in a row") ? error : undefined;
        },
        15_000,
      );

      expect(message).toContain("`fake` has failed 2 times in a row");
      expect(message).toContain("asks again and again without waiting for an answer");
      expect(scene.hosts.length).toBe(2);
      // Thirty of each host, and what was on its way when it was ended.
      expect(turns).toBeLessThan(1_000);
      await until("both are ended", () => scene.exits.length === 2);
      // In the pause nothing happens at all.
      const [asked, busy] = [scene.proxy.requests, performance.eventLoopUtilization()];
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(scene.proxy.requests).toBe(asked);
      expect(performance.eventLoopUtilization(busy).utilization).toBeLessThan(0.9);
    },
  );

  fault(
    "twenty times and then does its work is left alone",
    { cold: true, harness: { loop: { kind, times: 20 } } },
    async (scene) => {
      await scene.client.names();
      await until("it works", async () => {
        const text = await scene.client.text("echo", { text: "well" }).catch(() => undefined);
        return text === "well";
      });

      expect(await inTime(1_000, scene.client.text("echo", { text: "well" }))).toBe("well");
      expect(scene.hosts.length).toBe(1);
    },
  );
});
