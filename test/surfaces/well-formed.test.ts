import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallToolResult, ToolMapper } from "../../src/plugin.ts";
import { Progress } from "../../src/surfaces/progress.ts";
import { ERAS, type Person } from "../helpers/clients.ts";
import { connected, serveFake, TOKEN } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

const HALF = "a\ud83dz";
/** How a serializer spells half a character; a whole one stands as it is. */
const SPELLED = /\\ud[89a-f]/i;

/** Everything of a tool and of its result has halves in it. */
const halves: ToolMapper = {
  name: "halves",
  list: (tools) =>
    tools.map((tool) =>
      tool.name === "echo"
        ? {
            ...tool,
            title: HALF,
            description: HALF,
            inputSchema: { type: "object", properties: { [HALF]: { description: HALF } } },
          }
        : tool,
    ),
  call: async (call, next) => {
    if (call.name !== "echo") return next({ ...call, arguments: { text: `${HALF}😀` } });
    const content = [
      { type: "text", text: HALF },
      { type: "resource", resource: { uri: `x:${HALF}`, text: HALF } },
    ];
    return {
      content,
      structuredContent: { [HALF]: [HALF] },
      _meta: { [HALF]: HALF },
    } as CallToolResult;
  },
};

let answers: string[];
beforeEach(() => {
  answers = [];
  const original = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (...args) => {
    const response = await original(...args);
    if (!response.body) return response;
    const decoder = new TextDecoder();
    const tap = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        answers.push(decoder.decode(chunk, { stream: true }));
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(tap), response);
  });
});
afterEach(() => void vi.restoreAllMocks());

describe.each(ERAS)("what a client of %s is sent", (era) => {
  it("is well-formed: lists, results, errors, questions, resources", async () => {
    const person: Person = () => Promise.resolve({ action: "accept" });
    const h2m = await serveFake(
      { driver: true },
      {
        tools: {
          map: [halves],
          confirm: ["fail"],
          limits: { maxResultBytes: 1_000 },
          portable: false,
        },
      },
    );
    const client = await connected(h2m, "/fake/one", era, { person });

    const [echo] = (await client.tools()).filter(({ name }) => name === "echo");
    const given = await client.call("echo", { [HALF]: HALF });
    const sent = await client.text("fail", {});
    const unknown = await failure(client.call(`no${HALF}`));

    expect(echo?.description).toBe("a\ufffdz");
    expect(JSON.stringify(given)).toContain("a\ufffdz");
    // The harness got it well-formed too.
    expect(sent).toBe("a\ufffdz😀");
    expect(unknown.message).toContain("a\ufffdz");
    expect(answers.join("").length).toBeGreaterThan(2_000);
    expect(answers.filter((answer) => SPELLED.test(answer))).toEqual([]);
  });

  it("is cut between characters, and whole as a resource", async () => {
    for (const start of ["", "x", "xx", "xxx"]) {
      const h2m = await serveFake(
        { driver: true },
        { tools: { limits: { maxResultBytes: 1_000 } } },
      );
      const client = await connected(h2m, "/fake/one", era);
      const whole = start + "😀".repeat(2_000);

      const { content } = await client.call("echo", { text: whole });
      const [uri = ""] = await client.resources();

      expect(JSON.stringify(content)).not.toContain("\ufffd");
      expect(await client.read(uri)).toBe(whole);
    }
    expect(answers.join("")).not.toMatch(SPELLED);
  });
});

describe("a body that is no JSON", () => {
  it("is refused with a well-formed message, wherever it is quoted", async () => {
    const h2m = await serveFake({ driver: true });

    for (let at = 0; at < 40; at++) {
      const response = await fetch(h2m.mcpUrl, {
        method: "POST",
        headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
        body: `${"x".repeat(at)}${"😀".repeat(40)}`,
      });
      expect(await response.text()).toContain("The body is not JSON");
    }
    expect(answers.join("")).not.toMatch(SPELLED);
  });
});

describe("progress", () => {
  it("tells each character whole, also where its halves come one after the other or the message is cut", () => {
    const told: string[] = [];
    const progress = new Progress(60_000, ({ message }) => void told.push(message ?? ""));
    const text = `${"😀".repeat(10)}x`;

    for (let end = 1; end <= text.length; end++) progress.output(text.slice(0, end));
    progress.output(`${text}${"😀".repeat(8_000)}y`);
    progress.end();

    expect(told.filter((message) => !message.isWellFormed())).toEqual([]);
    expect(told.slice(0, -1).join("")).toBe(text);
    expect(told.at(-1)).toMatch(/^😀+y$/u);
  });
});
