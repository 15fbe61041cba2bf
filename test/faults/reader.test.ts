import { describe, expect } from "vitest";
import { RAW_ERAS, RawClient } from "./raw-client.ts";
import { fault, inTime } from "./scene.ts";

const PATH = "/fake/shared";
const SIZE = 20_000_000;

describe("a client that stops reading for 10 s", () => {
  fault(
    "in the middle of its result: others are unhurt, and then all of it comes (both eras)",
    {},
    async (scene) => {
      const other = await scene.beside(PATH);
      const calls = await Promise.all(
        RAW_ERAS.map(async (era) =>
          (await RawClient.open(scene.h2m, era, PATH)).call("big", { n: SIZE }),
        ),
      );
      for (const call of calls) call.pause();
      await scene.running("big", calls.length);
      const end = performance.now() + 10_000;

      for (let count = 0; performance.now() < end; count++) {
        expect(await inTime(2_000, other.text("echo", { text: `${count}` }))).toBe(`${count}`);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      for (const call of calls) call.resume();

      for (const call of calls) {
        await inTime(5_000, call.ended());
        expect(JSON.stringify(call.messages().at(-1)).length).toBeGreaterThan(SIZE);
      }
      expect(scene.runs("big")).toBe(calls.length);
    },
  );
});
