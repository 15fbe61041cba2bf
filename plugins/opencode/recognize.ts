import {
  arrayOf,
  type JsonObject,
  objectOf,
  type Recognized,
  stringOf,
  textOf,
  type ToolResult,
  type Turn,
} from "../../src/plugin.ts";

/** Headers of OpenCode 1.18.33: the session on each request, and on those of a subagent the session that started it. */
export function recognizeOpencode(headers: Headers): Recognized | undefined {
  if (!headers.get("user-agent")?.includes("opencode/")) return undefined;
  const conversation =
    headers.get("x-session-id") ?? headers.get("x-session-affinity") ?? undefined;
  const parent = headers.get("x-parent-session-id") ?? undefined;
  return { conversation, subagent: parent !== undefined, parent };
}

/** Marks the failures that OpenCode sends without an error flag. */
export function refineOpencode(turn: Turn): Turn {
  if (turn.results.length === 0) return turn;
  const names = calledNames(turn.raw);
  const results = turn.results.map((each) =>
    !each.result.isError && failed(each, names.get(each.callId), turn.api)
      ? { ...each, result: { ...each.result, isError: true } }
      : each,
  );
  return { ...turn, results };
}

function failed({ result }: ToolResult, name: string | undefined, api: string): boolean {
  // A call that could not be understood is renamed so, and "completed" (1.18.33).
  if (name === "invalid") return true;
  if (name === undefined) return false;
  const text = textOf(result);
  if (name === "bash") return ENDED_SHELL.test(text);
  // The messages API has a flag for all others.
  if (api !== "chat-completions") return false;
  const invalid = text.startsWith(`The ${name} tool was called with invalid arguments: `);
  return invalid || (FAILURES.get(name)?.test(text) ?? false);
}

/** A shell's exit code is nowhere in a request; that it was ended is. */
const ENDED_SHELL =
  /\n\n<shell_metadata>\n(shell tool terminated command after exceeding timeout|User aborted the command)[^<]*<\/shell_metadata>$/;

/** Failures of OpenCode 1.18.33 that are a text like any other on the chat completions wire, and no result of that tool. */
const FAILURES = new Map([
  ["read", /^(File not found: |Cannot read binary file: |Offset \d+ is out of range )/],
  [
    "edit",
    /^(Could not find oldString |Found multiple matches for oldString|No changes to apply: |oldString cannot be empty |Refusing replacement |File .+ not found$|Path is a directory, not a file: )/,
  ],
  ["apply_patch", /^(apply_patch verification failed: |patch rejected: |No files were modified)/],
  ["glob", /^(glob path must be a directory: |ripgrep execution failed)/],
  ["grep", /^ripgrep execution failed/],
  ["skill", /^Skill "[^"]*" not found\./],
  ["task", /^(Unknown agent type: |Subagent failed )/],
]);

/** The name of each call in a history of either API. */
function calledNames(raw: unknown): ReadonlyMap<string, string> {
  const messages = arrayOf(objectOf(raw)?.["messages"]) ?? [];
  return new Map(messages.flatMap((message) => callsOf(objectOf(message) ?? {})));
}

function callsOf(message: JsonObject): [string, string][] {
  const calls = arrayOf(message["tool_calls"]) ?? arrayOf(message["content"]) ?? [];
  return calls.flatMap((each) => {
    const call = objectOf(each) ?? {};
    const id = stringOf(call["id"]);
    const name = stringOf(call["name"]) ?? stringOf(objectOf(call["function"])?.["name"]);
    return id === undefined || name === undefined ? [] : [[id, name] as [string, string]];
  });
}
