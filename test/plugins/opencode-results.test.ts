import { describe, expect, it } from "vitest";
import { opencode } from "../../plugins/opencode/index.ts";
import { resultOfPart, toolPart } from "../../plugins/opencode/part.ts";
import type { Turn } from "../../src/plugin.ts";

describe("the headers of opencode", () => {
  const agent = "opencode/1.18.33 ai-sdk/provider-utils";

  it.each([
    ["another program", { "user-agent": "curl/8" }, undefined],
    [
      "a session",
      { "user-agent": agent, "x-session-id": "ses_1" },
      { conversation: "ses_1", subagent: false },
    ],
    [
      "a session by its other name",
      { "user-agent": agent, "x-session-affinity": "ses_2" },
      { conversation: "ses_2", subagent: false },
    ],
    [
      "a subagent",
      { "user-agent": agent, "x-session-id": "ses_3", "x-parent-session-id": "ses_1" },
      { conversation: "ses_3", subagent: true, parent: "ses_1" },
    ],
  ])("tell %s", (_what, headers, said) => {
    expect(opencode.recognize?.(new Headers(headers as Record<string, string>))).toEqual(said);
  });
});

describe("the results of opencode", () => {
  /** A turn with one result, on the wire of the API. */
  function turn(api: string, name: string, text: string): Turn {
    const call = { id: "c1", type: "function", function: { name, arguments: "{}" } };
    const use = { type: "tool_use", id: "c1", name, input: {} };
    const message =
      api === "messages"
        ? { role: "assistant", content: [use] }
        : { role: "assistant", tool_calls: [call] };
    return {
      id: "t1",
      api,
      model: "m",
      stream: true,
      conversation: "k",
      tools: [],
      skipped: [],
      results: [{ callId: "c1", result: { content: [{ type: "text", text }] } }],
      prompts: [],
      raw: { messages: [message] },
    };
  }

  const cut =
    "part\n\n<shell_metadata>\nshell tool terminated command after exceeding timeout 9 ms. Retry.\n</shell_metadata>";
  const chat = "chat-completions";

  it.each([
    [chat, "invalid", "anything", true],
    ["messages", "invalid", "anything", true],
    [chat, "read", "File not found: /x", true],
    [chat, "bash", "File not found: /x", undefined],
    ["messages", "read", "File not found: /x", undefined],
    [chat, "read", "<path>/x</path>\nFile not found: /x", undefined],
    [chat, "edit", "Could not find oldString in the file.", true],
    [chat, "edit", "Edit applied successfully.", undefined],
    [chat, "skill", 'Skill "oak" not found. There are none.', true],
    [chat, "grep", "The grep tool was called with invalid arguments: no pattern.", true],
    [chat, "bash", "The grep tool was called with invalid arguments: no pattern.", undefined],
    [chat, "bash", cut, true],
    ["messages", "bash", cut, true],
    [chat, "bash", `${cut}\nand more`, undefined],
    [chat, "webfetch", cut, undefined],
    [chat, "toString", "x", undefined],
  ])("on %s, by %s: %j is told from a failure", (api, name, text, isError) => {
    const refined = opencode.refine?.(turn(api, name, text));

    expect(refined?.results[0]?.result.isError).toBe(isError);
    expect(refined?.results[0]?.result.content).toEqual([{ type: "text", text }]);
  });
});

describe("a part of opencode's events", () => {
  const part = (tool: string, state: object) =>
    resultOfPart(toolPart.parse({ type: "tool", sessionID: "ses_1", callID: "c1", tool, state }));
  const done = (tool: string, more: object) =>
    part(tool, { status: "completed", output: "out\n", ...more });
  const out = { type: "text", text: "out\n" };

  it.each([
    ["without an exit code", {}, undefined],
    ["that ended well", { metadata: { exit: 0 } }, undefined],
    ["that failed", { metadata: { exit: 3 } }, true],
    ["that was ended", { metadata: { exit: null } }, true],
  ])("of a shell %s has its output", (_what, more, isError) => {
    expect(done("bash", more)).toEqual({ content: [out], ...(isError ? { isError } : {}) });
  });

  it("of a call that could not be understood is a failure", () => {
    expect(done("invalid", {})).toEqual({ content: [out], isError: true });
  });

  it("of a tool that failed has its error", () => {
    expect(part("read", { status: "error", error: "no such leaf" })).toEqual({
      content: [{ type: "text", text: "no such leaf" }],
      isError: true,
    });
  });

  it("has images as images, and other files as resources", () => {
    const attachments = [
      { mime: "image/png", url: "data:image/png;base64,UElD" },
      { mime: "application/pdf", url: "data:application/pdf;base64,UERG", filename: "a b" },
    ];

    expect(done("read", { attachments })?.content).toEqual([
      out,
      { type: "image", mimeType: "image/png", data: "UElD" },
      {
        type: "resource",
        resource: { uri: "attachment:a%20b", mimeType: "application/pdf", blob: "UERG" },
      },
    ]);
  });

  it.each(["pending", "running"])("is no result while it is %s", (status) => {
    expect(part("bash", { status, metadata: { output: "so far" } })).toBeUndefined();
  });
});
