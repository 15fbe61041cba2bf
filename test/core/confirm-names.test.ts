import { expect, it } from "vitest";
import { defineToolMapper } from "../../src/plugin.ts";
import { fakePlugin } from "../../src/testing.ts";
import { textIn } from "../helpers/clients.ts";
import { connected, serve } from "../helpers/server.ts";

/** It calls `echo` by another name. */
const louder = defineToolMapper({
  name: "louder",
  list: (tools) => tools.map((tool) => (tool.name === "echo" ? { ...tool, name: "shout" } : tool)),
  call: (call, next) => next({ ...call, name: call.name === "shout" ? "echo" : call.name }),
});

it.each([
  ["echo", true],
  ["shout", true],
  ["sh*", true],
  ["loud", false],
  ["my_loud", false],
])(
  "a tool with several names of its own needs a confirmation by each of them: %s, %s",
  async (word, isAsked) => {
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [fakePlugin()],
      tools: { map: [louder], rename: { shout: "loud" }, prefix: "my_", confirm: [word] },
    });
    const client = await connected(h2m);

    const asked = await client.call("my_loud", { text: "a" });
    const other = await client.call("my_pid", {});

    expect(textIn(asked)).toMatch(isAsked ? /needs a confirmation/ : /^a$/);
    expect(textIn(other)).toMatch(/^\d+$/);
  },
);
