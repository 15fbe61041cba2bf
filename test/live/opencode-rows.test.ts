import type { OpencodeFacts } from "../../plugins/opencode/install.ts";
import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { driveOpencode } from "../../plugins/opencode/driver.ts";
import { opencode } from "../../plugins/opencode/index.ts";
import { definePlugin, type HostIo } from "../../src/plugin.ts";
import { ANSWERS, type Call, DOCUMENT, OPENCODE_FILES, type Row, ROWS } from "./opencode-rows.ts";
import { versionOf } from "./versions.ts";
import { until, World } from "./world.ts";

/** What the events told of each call. */
const witnessed = new Map<string, CallToolResult>();
let sent: Call | undefined;

/** OpenCode with its witness set aside: what a client gets is what the next turn brings. */
const setAside = definePlugin({
  name: "opencode",
  harnesses: [
    {
      ...opencode,
      prepare: (context) => {
        const plan = opencode.prepare(context);
        const skill = "---\nname: oak\ndescription: How to plant an oak.\n---\nDig first.\n";
        return {
          ...plan,
          files: { ...plan.files, "config/opencode/skill/oak/SKILL.md": skill },
        };
      },
      drive: (host) => {
        const driver = driveOpencode(host as HostIo<OpencodeFacts>);
        return {
          ...driver,
          send: (seat, call, { signal }) => {
            const settle = (result: CallToolResult) => void witnessed.set(call.id, result);
            driver.send!(seat, call, { signal, settle, progress: () => {} });
            return { call: { ...call, ...sent } };
          },
        };
      },
    },
  ],
});

describe.runIf(versionOf("opencode"))(
  "what opencode's events tell of a call, beside what its next turn brings",
  () => {
    let world: World;
    let client: Client;
    let lastId = "";

    beforeAll(async () => {
      world = await World.create();
      for (const [name, content] of Object.entries(OPENCODE_FILES))
        await writeFile(join(world.project, name), content);
      await world.serve({ harnesses: ["opencode"], plugins: [setAside] });
      world.h2m.on("call:start", ({ id }) => (lastId = id));
      client = await world.client();
      await client.listTools();
    });

    afterAll(async () => {
      await world.end();
    });

    it.each(ROWS)("$row", async ({ call, sent: other, shows, isError = false, next }) => {
      sent = other;
      const { url } = call.arguments;
      const place = url === ANSWERS ? { url: world.h2m.mcpUrl.replace(/mcp$/, "health") } : {};

      const brought = (await client.callTool({
        name: call.name,
        arguments: { ...call.arguments, ...place },
      })) as CallToolResult;

      await until("its event", 5_000, () => witnessed.has(lastId));
      const told = plain(witnessed.get(lastId));
      expect(textOf(told)).toMatch(shows);
      expect(told.isError).toBe(isError);
      expect(plain(brought)).toEqual(next ? named(next, lastId) : told);
      if (next) expect(plain(brought)).not.toEqual(told);
    });

    it("needs nothing that a person should know", () => {
      expect(world.troubles).toEqual([]);
    });
  },
);

/** With the name that a document of this call has. */
function named(next: NonNullable<Row["next"]>, id: string): unknown {
  const uri = DOCUMENT.replace("<call>", id);
  return JSON.parse(JSON.stringify(next).replaceAll(JSON.stringify(DOCUMENT), JSON.stringify(uri)));
}

function plain({ content, isError = false }: CallToolResult = { content: [] }) {
  return { content, isError };
}

function textOf({ content }: Pick<CallToolResult, "content">): string {
  return content
    .map((block) => (block.type === "text" ? block.text : JSON.stringify(block)))
    .join("\n");
}
