import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { messages } from "../../plugins/messages/index.ts";
import { defineApiAdapter, definePlugin } from "../../src/plugin.ts";
import { describeApiAdapter, fakePlugin } from "../../src/testing.ts";
import wire from "../fixtures/wire.mjs";
import { connected, serve } from "../helpers/server.ts";
import { lawfulMessages } from "./laws.ts";

const FILE = fileURLToPath(new URL("../fixtures/wire.mjs", import.meta.url));

/** An adapter of an author's own: the path says the model and whether to stream. */
const mine = defineApiAdapter({
  ...messages,
  name: "mine",
  path: "/v2beta/models/:model\\::method(run|stream)",
  keyHeader: "x-mine-key",
  parse: (body, params) => ({
    ...messages.parse(Object.assign(Object(body), { model: params?.["model"] })),
    api: "mine",
    stream: params?.["method"] === "stream",
  }),
});

describeApiAdapter(mine, { wire, lawful: lawfulMessages, errorFlag: true });

describe("the fake harness", () => {
  it.each([{ stream: true }, { stream: false }])(
    "speaks the wire that an author wrote, with %o",
    async ({ stream }) => {
      const h2m = await serve({
        harnesses: ["fake"],
        plugins: [
          definePlugin({ name: "mine", apis: [mine] }),
          fakePlugin({ api: "mine", wire: FILE, stream }),
        ],
      });
      const turns: string[] = [];
      h2m.on("turn", ({ api, model }) => void turns.push(`${api} ${model}`));
      const client = await connected(h2m);

      expect(await client.text("echo", { text: "by my own wire" })).toBe("by my own wire");

      expect(turns[0]).toBe("mine fake-model");
    },
  );
});
