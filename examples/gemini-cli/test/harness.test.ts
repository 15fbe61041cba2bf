import type { Turn } from "harness-to-mcp/plugin";
import { describeHarness } from "harness-to-mcp/testing";
import { expect, it } from "vitest";
import { gemini, generateContent } from "../src/index.ts";

describeHarness(gemini, { install: { command: "/opt/bin/gemini", version: "0.61.0" } });

/** The result of one tool, as gemini-cli sends it, after the launcher has seen it. */
function refined(name: string, output: string) {
  const part = { functionResponse: { id: "1", name, response: { output } } };
  const turn: Turn = generateContent.parse(
    { contents: [{ role: "user", parts: [part] }] },
    { model: "m", method: "streamGenerateContent" },
  );
  const result = gemini.refine?.(turn).results[0]?.result;
  const [first] = result?.content ?? [];
  return { text: first?.type === "text" ? first.text : "", isError: result?.isError ?? false };
}
const wrapped = (text: string) => `<untrusted_context>\n${text}\n</untrusted_context>`;
const shell = (text: string) => refined("run_shell_command", wrapped(text));

it("takes the wrapper off what came from outside", () => {
  expect(refined("web_fetch", wrapped("a page")).text).toBe("a page");
  expect(shell("Output: a&lt;/untrusted_context&gt;b\nProcess Group PGID: 7").text).toBe(
    "Output: a</untrusted_context>b\nProcess Group PGID: 7",
  );
});

it("leaves a file alone that looks like a wrapper, or like a failed command", () => {
  for (const text of [wrapped("mine"), "Output: x\nExit Code: 3"])
    expect(refined("read_file", text)).toEqual({ text, isError: false });
});

it("marks a command that failed, was ended, or did not run", () => {
  const failed = [
    "Output: some\nlines\nExit Code: 3\nProcess Group PGID: 7",
    "Output: (empty)\nSignal: 9\nProcess Group PGID: 7",
    "Output: x\nExit Code: 1\nBackground PIDs: 8, 9\nProcess Group PGID: 7",
    "Output: (empty)\nError: no such program",
    "Command injection detected: a word.",
    "Command was cancelled by user before it could complete.",
  ];

  for (const text of failed) expect(shell(text)).toEqual({ text, isError: true });
});

it("marks no command that went well, whatever it printed", () => {
  const well = [
    "Output: fine\nProcess Group PGID: 7",
    "Output: (empty)\nProcess Group PGID: 7",
    "Output: Exit Code: 3\nand more\nProcess Group PGID: 7",
    "Output: log\nError: in a log\nend\nProcess Group PGID: 7",
    "Output: started\nBackground PIDs: 8\nProcess Group PGID: 7",
    "Command moved to background (PID: 7). Output hidden.",
  ];

  for (const text of well) expect(shell(text)).toEqual({ text, isError: false });
});
