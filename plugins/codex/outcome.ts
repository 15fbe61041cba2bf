import { arrayOf, type CallToolResult, objectOf, parseObject } from "../../src/plugin.ts";

/** Tools of codex 0.169 whose success is an image, a JSON object, or has a header: a plain sentence is a refusal. */
const OWN = new Set([
  "apply_patch",
  "create_goal",
  "exec_command",
  "get_goal",
  "request_user_input",
  "update_goal",
  "view_image",
  "write_stdin",
]);
const OWN_GROUP = "multi_agent_v1";

/** How codex 0.169 begins the text of a call that it could not run. */
const REFUSED =
  /^(unsupported call: |unsupported custom tool call: |failed to parse function arguments: |apply_patch verification failed: |exec_command failed|write_stdin failed: |unable to locate image at |unable to process image: |collab spawn failed: |aborted$)/;

/** The first line of the header that codex 0.169 sets before the output of a command or a patch. */
const HEADED = /^(?:Chunk ID: \S+|Exit code: -?\d+|Wall time: [\d.]+ seconds?)\n/;
/** The line that ends it; what follows is the tool's own. */
const OUTPUT = "\nOutput:\n";
const CODE = /^(?:Process exited with code|Exit code:) (-?\d+)$/m;
const INTERRUPTED = /^aborted/m;

/** The ids of the calls in a request that went to tools of codex itself. Input over WebSocket has results without their calls. */
export function ownCalls(body: unknown): Set<unknown> {
  const items = (arrayOf(objectOf(body)?.["input"]) ?? []).map(objectOf);
  const calls = items.filter((item) => item !== undefined && "name" in item && "call_id" in item);
  const own = calls.filter((call) =>
    call?.["namespace"] === undefined
      ? OWN.has(String(call?.["name"]))
      : call["namespace"] === OWN_GROUP,
  );
  return new Set(own.map((call) => call?.["call_id"]));
}

/**
 * Whether codex says of a result that its tool failed: only its own words count, never what a tool printed.
 * `own`: the tool is one of codex itself.
 */
export function failed({ content: [first] }: CallToolResult, own: boolean): boolean {
  if (first?.type !== "text") return false;
  const { text } = first;
  if (!HEADED.test(text)) return own ? parseObject(text) === undefined : REFUSED.test(text);
  const end = text.indexOf(OUTPUT);
  const header = end === -1 ? text : text.slice(0, end);
  const code = CODE.exec(header)?.[1];
  return code === undefined ? INTERRUPTED.test(header) : Number(code) !== 0;
}
