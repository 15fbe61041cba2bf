import { describe, expect, it } from "vitest";
import { textIn } from "../helpers/clients.ts";
import { sharedFake } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

describe.each([{ socket: false }, { socket: true }])(
  "the responses API (socket: $socket)",
  ({ socket }) => {
    const shared = sharedFake({
      api: "responses",
      socket,
      tools: ["patch", "crew", "web_search"],
      // A warm-up comes first, with tools: it must be answered at once.
      ...(socket ? { first: ["prewarm"] } : {}),
    });

    it("lists freeform tools and the members of namespaces, but no hosted tool", async () => {
      const { client, h2m } = shared();
      const tools = await h2m.sessions.list()[0]!.tools();

      expect(await client.names()).toEqual(
        expect.arrayContaining(["patch", "crew_hire", "crew_fire"]),
      );
      expect(await client.names()).not.toContain("web_search");
      expect(tools.find(({ name }) => name === "patch")?.inputSchema).toMatchObject({
        type: "object",
        properties: { input: { type: "string" } },
        required: ["input"],
      });
    });

    it("answers a freeform call in kind", async () => {
      const { client } = shared();
      const input = '*** Begin\n+line "quoted"\n*** End\n';

      expect(await client.text("patch", { input })).toBe(`custom patch: ${input}`);
      expect((await client.call("patch", { text: input })).isError).toBe(true);
    });

    it("answers a call of a namespace in kind", async () => {
      const { client } = shared();

      expect(await client.text("crew_hire", { who: "Ada" })).toBe('crew/hire: {"who":"Ada"}');
      expect(await client.text("crew_fire", { who: "Bob" })).toBe('crew/fire: {"who":"Bob"}');
    });

    it("says of a hosted tool that only the vendor can run it", async () => {
      const { client } = shared();

      const error = await failure(client.call("web_search", {}));

      expect(error.message).toContain("can only be run by the harness's own vendor");
    });

    it("runs ordinary calls, images and several at once", async () => {
      const { client } = shared();

      const [echo, image, big] = await Promise.all([
        client.text("echo", { text: "x" }),
        client.call("image"),
        client.text("big", { n: 300_000 }),
      ]);

      expect(echo).toBe("x");
      expect(image.content.map(({ type }) => type)).toEqual(["text", "image"]);
      expect(big.length).toBe(300_000);
    });
  },
);

describe.each(["messages", "responses", "chat-completions"] as const)(
  "side turns over %s",
  (api) => {
    const shared = sharedFake({ api, headers: true, first: ["title", "subagent"] });

    it.each(["title", "whole", "compaction", "subagent"])(
      "a %s is answered at once while a call is out",
      async (kind) => {
        const { client } = shared();
        const names = await client.names();

        const text = await client.text("side", { kind });

        expect(text).toMatch(/no model/i);
        expect(textIn(await client.call("echo", { text: "after" }))).toBe("after");
        expect(await client.names()).toEqual(names);
        expect(client.changes()).toBe(0);
      },
    );
  },
);
