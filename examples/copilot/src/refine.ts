import {
  arrayOf,
  type CallToolResult,
  objectOf,
  stringOf,
  textOf,
  type ToolResult,
  type Turn,
} from "harness-to-mcp/plugin";

/** How a result of Copilot 1.0.102 reads that tells of a failure; it sends no error flag. */
const FAILED = new Map([
  ["bash", /<shellId: \S+ completed with exit code (?!0>)-?\d+>$|^Command not executed\. [^\n]*$/],
  [
    "view",
    /^(Path [^\n]+ does not exist\. Please provide a valid path\.|Invalid (view_range|input): [^\n]+)$/,
  ],
  ["create", /^(?!Created file )/],
  ["edit", /^(?!File .+ updated with changes\.)/s],
  ["grep", /^Error: /],
  ["glob", /^Error: /],
  ["sql", /^SQL Error: /],
  ["session_store_sql", /^SQL Error: /],
  ["read_bash", /^shellId: \S+ not found /],
  ["skill", /^Skill "[^"\n]*" not found\./],
]);

/** What it says in the place of a result. A file may say the same. */
const NOT_RUN =
  /^(Tool '[^'\n]+' does not exist\. |Failed to execute with arguments: \{|Invalid input: )[^\n]*$/;

/** Marks results that tell of a failure. */
export function refineCopilot(turn: Turn): Turn {
  const names = namesOf(turn.raw);
  return { ...turn, results: turn.results.map((each) => refined(each, names.get(each.callId))) };
}

function refined(each: ToolResult, name: string | undefined): ToolResult {
  if (name === undefined || !failed(name, each.result)) return each;
  return { ...each, result: { ...each.result, isError: true } };
}

function failed(name: string, result: CallToolResult): boolean {
  const text = textOf(result);
  return (FAILED.get(name)?.test(text) ?? false) || (name !== "view" && NOT_RUN.test(text));
}

/** The tool of each call, by its id. */
function namesOf(body: unknown): Map<string, string> {
  const names = new Map<string, string>();
  for (const message of arrayOf(objectOf(body)?.["messages"]) ?? []) {
    for (const block of arrayOf(objectOf(message)?.["content"]) ?? []) {
      const { type, id, name } = objectOf(block) ?? {};
      if (type === "tool_use") names.set(stringOf(id) ?? "", stringOf(name) ?? "");
    }
  }
  return names;
}
