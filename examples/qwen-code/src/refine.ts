import {
  arrayOf,
  type CallToolResult,
  mapText,
  objectOf,
  stringOf,
  textOf,
  type ToolResult,
  type Turn,
} from "harness-to-mcp/plugin";

const SHELL = "run_shell_command";
/** The end of what qwen-code 0.15 says of a command that ran. */
const RAN =
  /\nError: (?<error>[^\n]*)\nExit Code: (?<code>-?\d+|\(none\))\nSignal: (?<signal>[^\n]*)\nProcess Group PGID: (\d+|\(none\))$/;
const NONE = "(none)";
const BEHIND = /^Background shell started\.\n/;
/** Advice for a model, after a command that took a minute or more. */
const ADVICE = /\n\nNote: this foreground command ran for \d+s\. Next time [^\n]*$/;

/** How a result begins that went well, for tools that say so in their own words. */
const WENT_WELL = new Map([
  ["write_file", /^Successfully (created and wrote to new|overwrote) file: /],
  ["edit", /^(The file: .+ has been updated\.|Created new file: )/s],
  ["list_directory", /^(Listed \d+ item|Directory .+ is empty\.$)/s],
  ["glob", /^(Found \d+ file|No files found )/],
  ["grep_search", /^(Found \d+ match|No matches found )/],
]);

/** All that `read_file` says of a file that it does not show; a file's own text has more than this line. */
const NOT_READ =
  /^((File not found|Path is a directory, not a file|Not a regular file|(File|PDF) (size )?exceeds [^\n:]+|File path must be absolute[^\n:]*): [^\n]+|Qwen Code requires permission [^\n]+)$/;

/** Takes advice off, and marks results that tell of a failure: the wire itself has no flag for that. */
export function refineQwen(turn: Turn): Turn {
  const names = namesOf(turn.raw);
  return { ...turn, results: turn.results.map((each) => refined(each, names.get(each.callId))) };
}

function refined(each: ToolResult, name: string | undefined): ToolResult {
  if (name === undefined) return each;
  const result = name === SHELL ? mapText(each.result, withoutAdvice) : each.result;
  return { ...each, result: failed(name, result) ? { ...result, isError: true } : result };
}

function withoutAdvice(text: string): string {
  return text.replace(ADVICE, "");
}

function failed(name: string, result: CallToolResult): boolean {
  const text = textOf(result);
  if (name === SHELL) return !commandWentWell(text);
  if (name === "read_file") return NOT_READ.test(text);
  const well = WENT_WELL.get(name);
  return well !== undefined && !well.test(text);
}

/** Anything else says why a command did not run, or not to its end. */
function commandWentWell(text: string): boolean {
  const { error, code, signal } = RAN.exec(text)?.groups ?? {};
  return BEHIND.test(text) || (error === NONE && code === "0" && signal === NONE);
}

/** The tool of each call, by its id. */
function namesOf(body: unknown): Map<string, string> {
  const names = new Map<string, string>();
  for (const message of arrayOf(objectOf(body)?.["messages"]) ?? []) {
    for (const call of arrayOf(objectOf(message)?.["tool_calls"]) ?? []) {
      const { id, function: own } = objectOf(call) ?? {};
      names.set(stringOf(id) ?? "", stringOf(objectOf(own)?.["name"]) ?? "");
    }
  }
  return names;
}
