import type { CallToolResult, Client } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claude } from "../../plugins/claude/index.ts";
import { messages } from "../../plugins/messages/index.ts";
import { definePlugin, type Turn } from "../../src/plugin.ts";
import { type Call, fill, FOLDER, type Row, ROWS, withBroken } from "./claude-rows.ts";
import { PDF } from "./samples.ts";
import { since, versionOf } from "./versions.ts";
import { until, World } from "./world.ts";

/** How often the document of a PDF stands inside its result, and how often beside it. */
const documents = since("claude", [
  ["2.1.197", { inside: 0, beside: 1 }],
  ["2.1.242", { inside: 1, beside: 0 }],
]);

/** What the latest request says of each call, as h2m would settle it from there. */
const said = new Map<string, CallToolResult>();
let lastRequest: { messages: { content: { type: string; text?: string }[] }[] };
let sent: Call | undefined;
/** The turn stays open, as it does for users, until this is set. */
let closing = false;

const watched = definePlugin({
  name: "claude",
  harnesses: [
    {
      ...claude,
      drive: (host) => {
        const driver = claude.drive!(host);
        return {
          ...driver,
          send: (seat, call, out) => {
            const { call: going } = driver.send!(seat, { ...call, ...sent }, out);
            return { call: { ...going, ...sent }, early: !closing };
          },
        };
      },
      refine: (turn: Turn) => {
        const refined = claude.refine!(turn);
        if (turn.results.length > 0) lastRequest = turn.raw as typeof lastRequest;
        for (const { callId, result } of refined.results) said.set(callId, result);
        return refined;
      },
    },
  ],
  apis: [withBroken(messages)],
});

describe.runIf(versionOf("claude"))("what a client of claude sees of each call", () => {
  let world: World;
  let client: Client;
  let lastId = "";
  let rootTurns = 0;
  const ids = new Map<string, string>();
  const seen = new Map<string, CallToolResult>();
  const texts = new Map<string, string>();

  beforeAll(async () => {
    world = await World.create();
    await fill(world.project);
    await world.serve({ harnesses: ["claude"], plugins: [watched] });
    world.h2m.on("call:start", ({ id }) => (lastId = id));
    world.h2m.on("turn", ({ role }) => (rootTurns += role === "root" ? 1 : 0));
    client = await world.client();
    await client.listTools();
  });

  afterAll(async () => {
    await world.end();
  });

  const run = async ({ name, arguments: args }: Call) => {
    const text = JSON.stringify(args).replaceAll(FOLDER, world.project);
    return (await client.callTool({ name, arguments: JSON.parse(text) })) as CallToolResult;
  };

  it.each(ROWS)("$row", async ({ row, call, sent: instead, shows, isError = false }) => {
    sent = instead;

    const result = await run(typeof call === "function" ? call(texts) : call);

    seen.set(row, result);
    ids.set(row, lastId);
    texts.set(row, textOf(result));
    expect(textOf(result)).toMatch(shows);
    expect(result.isError ?? false).toBe(isError);
  });

  describe("is what the next request says", () => {
    beforeAll(async () => {
      sent = undefined;
      closing = true;
      await run({ name: "Bash", arguments: { command: "echo the last one" } });
      await until("the next request", 20_000, () => said.has(lastId));
    });

    const both = ({ row }: Row) => ({
      client: seen.get(row) ?? { content: [] },
      model: said.get(ids.get(row) ?? "") ?? { content: [] },
    });

    it.each(ROWS.filter(({ meant }) => !meant))("$row", (row) => {
      const { client, model } = both(row);

      expect(model.content).not.toEqual([]);
      expect(client).toEqual(model);
    });

    it.each(ROWS.filter(({ meant }) => meant === "reread"))(
      "$row: the text of the earlier read, where a model is told that it has it",
      (row) => {
        const { client, model } = both(row);

        expect(textOf(model)).toMatch(/^Wasted call/);
        expect(client).toEqual(seen.get("Read"));
      },
    );

    it.each(ROWS.filter(({ meant }) => meant === "beside"))(
      "$row: with the block that a model finds behind all results",
      (row) => {
        const { client, model } = both(row);

        expect(client.content).toHaveLength(2);
        // Since 2.1.242 a document stands in the result as well.
        expect(client.content.slice(0, 1)).toEqual(model.content.slice(0, 1));
        expect(model.content).toHaveLength(row.row === "Read a PDF" ? documents.inside + 1 : 1);
      },
    );

    it("and there is nothing else in it but reminders to the model", () => {
      const blocks = lastRequest.messages.at(-1)?.content ?? [];
      const beside = blocks.filter(({ type }) => type !== "tool_result");
      const reminders = beside.filter(({ text }) => text?.startsWith("<system-reminder>"));

      const others = beside.filter((block) => !reminders.includes(block));
      const document = others.splice(0, documents.beside);
      const [skill, ...more] = others;

      expect(JSON.stringify(documents.beside > 0 ? document : lastRequest)).toContain(PDF);
      expect(JSON.stringify(seen.get("Read a PDF"))).toContain(PDF);
      expect(textOf(seen.get("Skill"))).toContain(skill?.text);
      expect(more).toEqual([]);
      // Such as that a command in the background has ended; in newer versions they stand inside the last result.
      expect(JSON.stringify(blocks)).toContain("<system-reminder>");
    });

    it("and all of it was one turn", () => {
      expect(rootTurns).toBe(2);
      expect(world.troubles).toEqual([]);
    });
  });
});

function textOf(result: CallToolResult | undefined): string {
  const blocks = result?.content ?? [];
  return blocks
    .map((block) => (block.type === "text" ? block.text : JSON.stringify(block)))
    .join("\n");
}
