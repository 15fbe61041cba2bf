import {
  type CallToolResult,
  type ContentBlock,
  mapText,
  NO_MODEL,
  type Recognized,
  type Turn,
} from "../../src/plugin.ts";

/**
 * Headers of Claude Code 2.1.197 to 2.1.332: a session id on each request, an agent id on those of subagents only. The id is
 * another one after `/clear`; the process prints it before the first request that bears it.
 */
export function recognizeClaude(headers: Headers): Recognized | undefined {
  const session = headers.get("x-claude-code-session-id");
  if (session === null) return undefined;
  const agent = headers.get("x-claude-code-agent-id");
  return agent === null
    ? { conversation: session }
    : { conversation: agent, subagent: true, parent: session };
}

/** Takes off what Claude Code adds to results, and answers its nested search at once. */
export function refineClaude(turn: Turn): Turn {
  // The nested request of WebSearch offers the vendor's own search and nothing else.
  const nested =
    turn.tools.length === 0 && turn.skipped.some(({ type }) => type.startsWith("web_search_"));
  const immediate = nested ? NO_MODEL : turn.immediate;
  const results = turn.results.map((each) => ({
    ...each,
    result: mapText(withoutReminderBlocks(each.result), withoutReminders),
  }));
  // A search for tools is offered only where some are held back (2.1.304 and later, unless it is switched off).
  const searches = turn.tools.some(({ name }) => name === "ToolSearch");
  const incomplete = turn.incomplete ?? (searches ? HELD_BACK : undefined);
  return { ...turn, results, immediate, incomplete };
}

const HELD_BACK = "it offers a search for tools that are not in its list";

const OPEN = "<system-reminder>";
const CLOSE = "</system-reminder>";

/** Since 2.1.235 a reminder is one more block behind a result of several: it goes, but never the only block. */
function withoutReminderBlocks(result: CallToolResult): CallToolResult {
  let end = result.content.length;
  while (end > 1 && isReminder(result.content[end - 1])) end--;
  return end === result.content.length
    ? result
    : { ...result, content: result.content.slice(0, end) };
}

/** A text block that is nothing but reminders. */
function isReminder(block: ContentBlock | undefined): boolean {
  if (block?.type !== "text") return false;
  const first = withoutReminders(block.text).trim();
  return first === "" ? block.text !== "" && block.text.includes(CLOSE) : isOneReminder(first);
}

function isOneReminder(text: string): boolean {
  return text.startsWith(OPEN) && text.endsWith(CLOSE) && text.lastIndexOf(OPEN) === 0;
}

/** The text without the reminder blocks at its end; those in the middle are the tool's own. */
export function withoutReminders(text: string): string {
  let end = text.length;
  for (;;) {
    const trimmed = text.slice(0, end).trimEnd();
    if (!trimmed.endsWith(CLOSE)) return text.slice(0, end);
    const start = trimmed.lastIndexOf(OPEN);
    // A text that is nothing else is the tool's own word: so a Read tells of an empty file.
    if (start <= 0) return text.slice(0, end);
    // Claude Code 2.1.197 sets two line ends before each block.
    end = text.slice(0, start).endsWith("\n\n") ? start - 2 : start;
  }
}
