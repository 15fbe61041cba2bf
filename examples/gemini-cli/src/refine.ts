import {
  arrayOf,
  type CallToolResult,
  mapText,
  objectOf,
  stringOf,
  type ToolResult,
  type Turn,
} from "harness-to-mcp/plugin";

const SHELL = "run_shell_command";
/** Tools of gemini-cli 0.61 whose texts stand between these tags, so that a model mistrusts them. */
const WRAPPED = new Set([SHELL, "web_fetch"]);
const WRAPPER = /^<untrusted_context>\n(.*)\n<\/untrusted_context>$/s;
/** What the wrapper does to its own end inside of it. */
const ESCAPED = "&lt;/untrusted_context&gt;";
/** A command that ran: what it printed, then what became of it, one line each. One that could not start printed nothing. */
const RAN =
  /^Output: (?:\(empty\)(?<error>\nError: .*?)|.*?)(?:\nExit Code: (?<code>-?\d+))?(?<signal>\nSignal: \S+)?(?:\nBackground PIDs: [\d, ]+)?(?:\nProcess Group PGID: \d+)?$/s;
const BEHIND = /^Command moved to background /;

/** Takes the wrapper off, and marks a command that failed: the wire itself has no flag for that. */
export function refineGemini(turn: Turn): Turn {
  const names = namesOf(turn.raw);
  return { ...turn, results: turn.results.map((each) => refined(each, names.get(each.callId))) };
}

function refined(each: ToolResult, name: string | undefined): ToolResult {
  if (name === undefined || !WRAPPED.has(name)) return each;
  const result = mapText(each.result, unwrapped);
  return {
    ...each,
    result: name === SHELL && failed(result) ? { ...result, isError: true } : result,
  };
}

function unwrapped(text: string): string {
  const inside = WRAPPER.exec(text)?.[1];
  return inside?.replaceAll(ESCAPED, "</untrusted_context>") ?? text;
}

/** Anything but these two forms says why the command did not run, or not to its end. */
function failed({ content: [first] }: CallToolResult): boolean {
  const text = first?.type === "text" ? first.text : "";
  const ran = RAN.exec(text)?.groups;
  if (!ran) return !BEHIND.test(text);
  const { error, code = "0", signal } = ran;
  return error !== undefined || signal !== undefined || Number(code) !== 0;
}

/** The tool of each result, by the id of its call. */
function namesOf(body: unknown): Map<string, string> {
  const names = new Map<string, string>();
  for (const content of arrayOf(objectOf(body)?.["contents"]) ?? []) {
    for (const part of arrayOf(objectOf(content)?.["parts"]) ?? []) {
      const { id, name } = objectOf(objectOf(part)?.["functionResponse"]) ?? {};
      names.set(stringOf(id) ?? "", stringOf(name) ?? "");
    }
  }
  return names;
}
