import type { ToolResult, Turn } from "harness-to-mcp/plugin";
import { describeHarness, PIXEL } from "harness-to-mcp/testing";
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { cline } from "../src/index.ts";
import { environmentOf, sharedVariables } from "../src/shell.ts";

describeHarness(cline, { install: { command: "/opt/bin/cline", version: "3.0.65" } });

/** The results of a step, by the texts of its `tool` messages and the message after them. */
function refined(texts: readonly string[], after?: object): ToolResult["result"][] {
  const turn: Turn = {
    id: "turn_1",
    api: "chat-completions",
    model: "m",
    stream: true,
    conversation: "c",
    tools: [],
    skipped: [],
    results: texts.map((text, at) => ({
      callId: `${at}`,
      result: { content: [{ type: "text", text }] },
    })),
    prompts: [],
    raw: {
      messages: [
        ...texts.map((content, at) => ({ role: "tool", tool_call_id: `${at}`, content })),
        ...(after ? [after] : []),
      ],
    },
  };
  return (cline.refine?.(turn).results ?? []).map(({ result }) => result);
}

const ran = (more: object) => JSON.stringify([{ query: "x", result: "out", ...more }]);

it("marks what failed, and leaves its words as they are", () => {
  const failed = [
    ran({ error: "Command exited with code 3", success: false }),
    JSON.stringify([
      { query: "a", success: true },
      { query: "b", success: false },
    ]),
    JSON.stringify({ query: "edit:/a", result: "", error: "No replacement", success: false }),
    JSON.stringify({ error: "Tool call x was rejected before execution" }),
  ];

  for (const text of failed)
    expect(refined([text])).toEqual([{ content: [{ type: "text", text }], isError: true }]);
});

it("marks nothing else", () => {
  const well = [
    ran({ success: true }),
    ran({ result: '{"error":"printed","success":false}', success: true }),
    JSON.stringify({ query: "edit:/a", result: "Edited", success: true }),
    "no JSON at all",
  ];

  for (const text of well) expect(refined([text])).toEqual([{ content: [{ type: "text", text }] }]);
});

it("gives images back to the results that they are of", () => {
  const read = ran({ result: ["Successfully read image"], success: true });
  const marker = { type: "text", text: "(see following user message for image)" };
  const one = JSON.stringify([{ type: "text", text: read }, marker]);
  const two = JSON.stringify([{ type: "text", text: read }, marker, marker]);
  const plain = ran({ success: true });
  const part = (data: string) => ({
    type: "image_url",
    image_url: { url: `data:image/png;base64,${data}` },
  });
  const image = (data: string) => ({ type: "image", mimeType: "image/png", data });

  const content = [part("AAAA"), part("BBBB"), part(PIXEL)];
  const results = refined([two, plain, one], { role: "user", content });

  expect(results.map((result) => result.content)).toEqual([
    [{ type: "text", text: read }, image("AAAA"), image("BBBB")],
    [{ type: "text", text: plain }],
    [{ type: "text", text: read }, image(PIXEL)],
  ]);
});

it("takes no image from what a person said", () => {
  const url = `data:image/png;base64,${PIXEL}`;
  const after = { role: "user", content: [{ type: "image_url", image_url: { url } }] };

  expect(refined([ran({ success: true })], after)[0]?.content).toHaveLength(1);
});

it("gives commands the user's environment, and none of its own", () => {
  const script = environmentOf(sharedVariables({ E2E_TEST: "it's mine", PATH: "/bin" }));

  const command = `eval "$SCRIPT"; echo "$E2E_TEST:\${CLINE_DIR-none}:\${BASH_ENV-none}"`;
  const env = { PATH: process.env["PATH"], SHLVL: "1", SCRIPT: script, CLINE_DIR: "/x" };

  expect(execFileSync("bash", ["-c", command], { env, encoding: "utf8" })).toBe(
    "it's mine:none:none\n",
  );
});
