import {
  arrayOf,
  type ContentBlock,
  imageOfDataUrl,
  type JsonObject,
  objectOf,
  stringOf,
  textOf,
  type ToolResult,
  type Turn,
} from "harness-to-mcp/plugin";

/** What stands in a result of Cline 3.0.65 for each image; the images follow in a message of the user's. */
const ELSEWHERE = "(see following user message for image)";

/** Gives images back to the results that they are of, and marks results that tell of a failure. */
export function refineCline(turn: Turn): Turn {
  const images = imagesByCall(turn.raw);
  return {
    ...turn,
    results: turn.results.map((each) => refined(each, images.get(each.callId) ?? [])),
  };
}

function refined(each: ToolResult, images: readonly ContentBlock[]): ToolResult {
  const said = parsed(textOf(each.result));
  const blocks = blocksIn(said);
  const text = blocks?.filter((block) => block !== ELSEWHERE).join("\n");
  const content: ContentBlock[] =
    text === undefined ? each.result.content : [{ type: "text", text }, ...images];
  const result = { ...each.result, content };
  return {
    ...each,
    result: failed(text === undefined ? said : parsed(text))
      ? { ...result, isError: true }
      : result,
  };
}

/** Every tool of Cline answers with `{ query, result, success }`, alone or in a list; a call that did not run, with `{ error }`. */
function failed(said: unknown): boolean {
  return (arrayOf(said) ?? [said]).some((one) => {
    const { success, error, query } = objectOf(one) ?? {};
    return success === false || (query === undefined && typeof error === "string");
  });
}

/** The texts of a result that is a list of blocks, as one with images is. */
function blocksIn(said: unknown): string[] | undefined {
  const blocks = arrayOf(said)?.map((one) => objectOf(one));
  if (!blocks || blocks.length === 0) return undefined;
  const texts = blocks.flatMap((block) =>
    block?.["type"] === "text" && typeof block["text"] === "string" ? [block["text"]] : [],
  );
  return texts.length === blocks.length ? texts : undefined;
}

/** The images of each call: they stand in the order of the calls, without ids. */
function imagesByCall(body: unknown): Map<string, ContentBlock[]> {
  const owners = new Map<string, ContentBlock[]>();
  let waiting: string[] = [];
  for (const message of messagesOf(body)) {
    if (message["role"] === "tool") {
      const texts = blocksIn(parsed(stringOf(message["content"]) ?? "")) ?? [];
      const id = stringOf(message["tool_call_id"]) ?? "";
      for (const text of texts) if (text === ELSEWHERE) waiting.push(id);
      continue;
    }
    for (const [place, image] of imagesIn(message).entries()) {
      const owner = waiting[place];
      if (owner !== undefined) owners.set(owner, [...(owners.get(owner) ?? []), image]);
    }
    waiting = [];
  }
  return owners;
}

function imagesIn({ role, content }: JsonObject): ContentBlock[] {
  if (role !== "user") return [];
  return (arrayOf(content) ?? []).flatMap((part) => {
    const url = stringOf(objectOf(objectOf(part)?.["image_url"])?.["url"]);
    const image = url === undefined ? undefined : imageOfDataUrl(url);
    return image ? [image] : [];
  });
}

function messagesOf(body: unknown): JsonObject[] {
  return (arrayOf(objectOf(body)?.["messages"]) ?? []).map((message) => objectOf(message) ?? {});
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A text that is no JSON is what it is.
    return undefined;
  }
}
