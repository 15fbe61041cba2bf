import { describe, expect } from "vitest";
import { failure } from "../helpers/until.ts";
import { DRIVEN, fault, inTime } from "./scene.ts";

const TEXT = 'é \u2028 {"result":{"callId":"x"}} \\n \u{1F980}';

describe("the event stream of the harness", () => {
  for (const noise of ["garbage", "halves"] as const) {
    const what =
      noise === "garbage" ? "with garbage between its lines" : "that comes in half lines";

    fault(
      `${what}: each call gets its own result, byte for byte`,
      { harness: { ...DRIVEN, noise } },
      async (scene) => {
        const { client } = scene;
        const texts = Array.from({ length: 12 }, (_, index) => `${index} ${TEXT}`);

        const results = await inTime(
          3_000,
          Promise.all(texts.map((text) => client.text("echo", { text }))),
        );

        expect(results).toEqual(texts);
        expect((await client.text("big", { n: 500_000 })).length).toBe(500_000);
        expect(scene.hosts.length).toBe(1);
        await scene.asWarm();
      },
    );
  }

  fault(
    "with garbage while it is idle: nothing happens",
    { harness: { ...DRIVEN, noise: "garbage" } },
    async (scene) => {
      await scene.client.text("slow", { ms: 1, text: "x" });
      const call = scene.client.text("slow", { ms: 300, text: "late" });
      await scene.client.text("echo", { text: "noise beside it" });

      expect(await call).toBe("late");
    },
  );

  fault(
    "that ends in half a line: the call fails as lost, and no half result is given",
    { harness: { ...DRIVEN, noise: "cut" } },
    async (scene) => {
      const { message } = await inTime(
        2_000,
        failure(scene.client.call("echo", { text: "half of it" })),
      );

      expect(message).toContain("ended by SIGKILL");
      expect(message).toContain("may or may not have run");
      expect(scene.runs("echo")).toBe(1);
    },
  );
});
