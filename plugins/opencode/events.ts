import { type JsonObject, objectOf, parseObject, stringOf } from "../../src/plugin.ts";

/**
 * Reads server-sent events: the data of each, joined as the standard says.
 * Nothing is parsed here, so that what nobody wants costs next to nothing.
 */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pieces: string[] = [];
  let data: string[] = [];
  for await (const chunk of body) {
    const lines = decoder.decode(chunk, { stream: true }).split("\n");
    const rest = lines.pop() ?? "";
    for (const [at, end] of lines.entries()) {
      const line = (at === 0 ? pieces.join("") + end : end).replace(/\r$/, "");
      if (at === 0) pieces = [];
      if (line.startsWith("data:")) data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      if (line !== "" || data.length === 0) continue;
      yield data.join("\n");
      data = [];
    }
    pieces.push(rest);
  }
}

/** The part of a message that has changed, if that is what a global event of OpenCode tells. */
export function updatedPart(data: string): unknown {
  // Most events are of other kinds, and starting up alone brings dozens: a look at the text spares the parsing.
  if (!data.includes('"message.part.updated"') || !data.includes('"callID"')) return undefined;
  const payload = parseObject(data)?.["payload"] as JsonObject | undefined;
  if (payload?.["type"] !== "message.part.updated") return undefined;
  return (payload["properties"] as JsonObject | undefined)?.["part"];
}

/** An event of another kind, and what it says. */
export function otherEvent(data: string): { kind: string; said: JsonObject } | undefined {
  const payload = objectOf(parseObject(data)?.["payload"]);
  const kind = stringOf(payload?.["type"]);
  if (!payload || kind === undefined || kind === "message.part.updated") return undefined;
  return { kind, said: payload };
}

/** A question to a person, and the folder it is asked in. */
export interface Asked {
  /** Whether a tool may do what it wants, or what an agent wants to know. */
  readonly kind: "permission" | "question";
  readonly id: string;
  readonly folder: string;
}

/** What a global event of OpenCode asks a person, if it does. */
export function askedPerson(data: string): Asked | undefined {
  if (!data.includes('.asked"')) return undefined;
  const event = parseObject(data);
  const payload = objectOf(event?.["payload"]);
  const kind = /^(permission|question)\.asked$/.exec(stringOf(payload?.["type"]) ?? "")?.[1];
  const id = stringOf(objectOf(payload?.["properties"])?.["id"]);
  const folder = stringOf(event?.["directory"]);
  if (kind === undefined || id === undefined || folder === undefined) return undefined;
  return { kind: kind as Asked["kind"], id, folder };
}
