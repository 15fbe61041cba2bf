import { describe, expect, it } from "vitest";
import { chatCompletions } from "../../plugins/chat-completions/index.ts";
import { messages } from "../../plugins/messages/index.ts";
import { responses } from "../../plugins/responses/index.ts";
import { toSse } from "../../src/hijack/sse.ts";
import { type ApiAdapter, H2mError, type ToolCall } from "../../src/plugin.ts";
import { codeSpans, readPage, rowsOf } from "../helpers/markdown.ts";

const PAGE = readPage("docs/4.inside/2.wire.md");
const CALL: ToolCall = { id: "h2m_1", name: "Bash", arguments: { command: "ls" } };

/** Each API, and the key of its body that has the history. */
const APIS: readonly (readonly [string, ApiAdapter, string])[] = [
  messages,
  responses,
  chatCompletions,
].map((api) => [api.name, api, api === responses ? "input" : "messages"]);

describe.each(APIS)("the page of wire formats, %s", (name, api, history) => {
  const blocks = PAGE.blocks.filter(({ heading }) => codeSpans(heading).includes(name));
  const turn = api.parse({ model: "m", stream: true, [history]: [] });

  it("shows the beginning, a heartbeat, a call and the end as they are written", () => {
    const encoder = api.encoder(turn);
    const shown = blocks.filter(({ language }) => language === "").map(({ text }) => text);

    const written = [
      encoder.begin(),
      encoder.heartbeat(),
      encoder.calls([CALL]),
      encoder.end(),
    ].map((events) => toSse(events).trimEnd());
    expect(shown.length).toBe(written.length);
    for (const [at, text] of written.entries()) expect(text).toMatch(patternOf(shown[at] ?? ""));
  });

  it("shows how results are read", () => {
    const [sent, read] = blocks
      .filter(({ language }) => language === "json")
      .map(({ text }) => JSON.parse(text) as unknown);

    expect(api.parse({ model: "m", [history]: sent }).results).toEqual(read);
  });

  it("shows the body of an error", () => {
    const row = rowsOf(PAGE).find(
      ({ heading, cells: [first = ""] }) => heading === "Errors" && codeSpans(first).includes(name),
    );
    const [body = ""] = codeSpans(row?.cells[1] ?? "");

    expect(JSON.stringify(api.error(new H2mError("bad-request", "No.")))).toMatch(patternOf(body));
  });

  it("names its path", () => {
    const [, path = ""] =
      rowsOf(PAGE).find(({ cells: [first = ""] }) => first === `\`${name}\``)?.cells ?? [];
    expect(codeSpans(path)[0]).toBe(`POST ${api.path}`);
  });
});

/** The same text, in which `…` stands for anything on its line. */
function patternOf(shown: string): RegExp {
  const quoted = shown.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${quoted.join(".*")}$`);
}
