import { describe, expect } from "vitest";
import { DRIVEN, fault, inTime, type Scene, until } from "./scene.ts";

/** How long a harness may owe a turn, in ms. */
const PATIENCE = 10_000;

/** The harness asks once more, and then hears nothing for ever. */
async function silence({ proxy }: Scene): Promise<void> {
  proxy.swallows = 1;
  proxy.cut();
  await until("the harness has asked in vain", () => proxy.swallows === 0);
}

describe("a harness that sends no request any more", () => {
  fault("begins a new history when a call has waited for 10 s", {}, async (scene) => {
    const { client } = scene;
    await client.text("echo", { text: "before" });
    await silence(scene);

    const result = await inTime(PATIENCE + 2_000, client.call("echo", { text: "waited" }));

    expect(result.content).toEqual([{ type: "text", text: "waited" }]);
    expect(result._meta).toEqual({ "h2m/reset": { lost: ["what it knew"] } });
    expect(scene.hosts.length).toBe(1);
    expect(scene.runs("echo")).toBe(2);
    expect((await client.call("echo", { text: "after" }))._meta).toBeUndefined();
  });

  fault(
    "and cannot begin a new history is replaced; the client is told what went with it",
    { harness: {} },
    async (scene) => {
      const { client } = scene;
      await client.text("echo", { text: "before" });
      await silence(scene);

      const result = await inTime(PATIENCE + 5_000, client.call("echo", { text: "waited" }));

      expect(result.content).toEqual([{ type: "text", text: "waited" }]);
      expect(JSON.stringify(result._meta)).toContain("all that it kept of earlier calls");
      expect(scene.hosts.length).toBe(2);
      expect(scene.warnings.join()).toContain("sends no request any more, while calls wait");
    },
  );

  fault(
    "and takes its time to end is replaced at once, and its end is nothing to the calls of the next one",
    { harness: {}, config: { timeouts: { shutdown: 6_000 } } },
    async (scene) => {
      const { client } = scene;
      await client.text("echo", { text: "before" });
      await silence(scene);
      scene.signal("SIGSTOP");

      const waiting = client.text("echo", { text: "waited" });
      await until("it is given up", () => scene.warnings.length > 0, PATIENCE + 2_000);
      const out = client.text("slow", { ms: 6_000, text: "through" });

      expect(await Promise.all([waiting, out])).toEqual(["waited", "through"]);
      expect(scene.exits.length).toBe(1);
      expect(scene.hosts.length).toBe(2);
    },
  );

  fault(
    "and does not begin a new history either is replaced after 10 s more",
    { harness: DRIVEN },
    async (scene) => {
      const { client, proxy } = scene;
      await client.text("echo", { text: "before" });
      await silence(scene);
      proxy.swallows = 1;

      const result = await inTime(2 * PATIENCE + 5_000, client.call("echo", { text: "waited" }));

      expect(result.content).toEqual([{ type: "text", text: "waited" }]);
      expect(JSON.stringify(result._meta)).toContain("all that it kept of earlier calls");
      expect(scene.hosts.length).toBe(2);
    },
  );

  fault("and is asked for nothing is left alone", {}, async (scene) => {
    await silence(scene);

    // Nobody waits: nothing is started, and nothing is ended.
    await new Promise((resolve) => setTimeout(resolve, PATIENCE + 1_000));

    expect(scene.hosts.length).toBe(1);
    expect(scene.warnings).toEqual([]);
    scene.proxy.cut();
    expect(await inTime(2_000, scene.client.text("echo", { text: "here" }))).toBe("here");
  });
});
