import type { ContentBlock, ToolResult } from "../../src/plugin.ts";
import { blockOfPart, blocksOf, textOfMessage } from "./content.ts";
import type { ChatMessage, ChatPart } from "./schema.ts";

/** The `tool` messages that follow one another, and the `user` message that may bring their media. */
interface Run {
  readonly results: readonly { readonly message: ChatMessage; readonly content: ContentBlock[] }[];
  readonly next: ChatMessage | undefined;
}

/** Every result of the history. This wire has no error flag: only the harness's own launcher can tell. */
export function resultsOf(messages: readonly ChatMessage[]): ToolResult[] {
  const names = toolNames(messages);
  return runsOf(messages).flatMap((run) => {
    attachMedia(run, names);
    return run.results.map(({ message, content }) => ({
      callId: message.tool_call_id ?? "",
      result: { content },
    }));
  });
}

function runsOf(messages: readonly ChatMessage[]): Run[] {
  const runs: Run[] = [];
  let results: Run["results"][number][] = [];
  for (const message of [...messages, undefined]) {
    if (message?.role === "tool" && message.tool_call_id !== undefined) {
      results.push({ message, content: blocksOf(message) });
    } else if (results.length > 0) {
      runs.push({ results, next: message });
      results = [];
    }
  }
  return runs;
}

/** OpenCode 1.18.33 moves media out of the results of one step into a `user` message with this text before them. */
const MEDIA_TEXT = "Attached media from tool result:";
/** What its results say that had media, by the tool that says it. */
const HAD_MEDIA = new Map([
  ["read", /^(Image|PDF) read successfully$/],
  ["webfetch", /^(Image|PDF) fetched successfully$/],
]);

/** Gives media back to the results that they were taken from; they stand in the order of the calls, without ids. */
function attachMedia({ results, next }: Run, names: ReadonlyMap<string, string>): void {
  const media = mediaOf(next);
  const [only] = results;
  if (media.length === 0 || !only) return;
  // What a tool prints decides nothing by itself: a shell may print the same words.
  const owners = results.filter(({ message }) => {
    const said = HAD_MEDIA.get(names.get(message.tool_call_id ?? "") ?? "");
    return said?.test(textOfMessage(message));
  });
  if (owners.length === media.length) {
    owners.forEach((owner, at) => owner.content.push(...media.slice(at, at + 1).map(blockOfPart)));
    return;
  }
  // A tool of another kind, which may have several: with one result there is no doubt, else the last one has them all.
  const [owner = results.at(-1)] = owners.length === 1 ? owners : [];
  owner?.content.push(...media.map(blockOfPart));
}

function mediaOf(message: ChatMessage | undefined): ChatPart[] {
  if (message?.role !== "user" || !Array.isArray(message.content)) return [];
  const [first, ...media] = message.content;
  return first?.type === "text" && first["text"] === MEDIA_TEXT ? media : [];
}

/** Which tool each call was of. */
function toolNames(messages: readonly ChatMessage[]): ReadonlyMap<string, string> {
  const calls = messages.flatMap((message) => message.tool_calls ?? []);
  return new Map(calls.map((call) => [call.id, call.function?.name ?? ""]));
}
