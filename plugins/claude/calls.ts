import { pathToFileURL } from "node:url";
import {
  type CallToolResult,
  type ContentBlock,
  isUnplacedDocument,
  type JsonObject,
  objectOf,
  type OutCall,
  stringOf,
  textOf,
  type ToolCall,
} from "../../src/plugin.ts";

/** How Claude Code 2.1.197 answers a second Read of a file that has not changed. */
const WASTED = "Wasted call";
/** Characters of earlier reads that are kept; a later "Wasted call" beyond it is passed on as it is. */
const MAX_KEPT = 64 * 1024 * 1024;

interface Sent {
  readonly call: ToolCall;
  readonly out: OutCall;
}

/** The calls that are out, and the texts of earlier reads. */
export class ClaudeCalls {
  readonly #out = new Map<string, Sent>();
  /** What was said while a call ran, for its result. */
  readonly #notes = new Map<string, string[]>();
  readonly #reads = new Map<string, CallToolResult>();
  #kept = 0;

  /** `call`: as it went out. */
  sent(call: ToolCall, out: OutCall): void {
    this.#out.set(call.id, { call, out });
  }

  get(id: string): ToolCall | undefined {
    return this.#out.get(id)?.call;
  }

  /** Every call that is out, the oldest first. */
  running(): ToolCall[] {
    return [...this.#out.values()].map(({ call }) => call);
  }

  /** To be told with the result of each call that is out, of tools whose names begin so. */
  note(start: string, text: string): void {
    for (const { id, name } of this.running())
      if (name.startsWith(start)) this.#notes.set(id, [...(this.#notes.get(id) ?? []), text]);
  }

  /** Gives a call that is out its result as a client should see it. */
  settle(id: string, result: CallToolResult): void {
    const sent = this.#out.get(id);
    if (!sent) return;
    const notes = this.#notes.get(id) ?? [];
    this.#out.delete(id);
    this.#notes.delete(id);
    sent.out.settle(this.#shown(sent.call, result, notes));
  }

  #shown(call: ToolCall, result: CallToolResult, notes: readonly string[]): CallToolResult {
    if (notes.length > 0) {
      const told = notes.map((text) => ({ type: "text" as const, text }));
      return { ...result, content: [...result.content, ...told] };
    }
    if (call.name !== "Read") return result;
    const key = readKey(call.arguments);
    if (isWasted(result)) return this.#reads.get(key) ?? result;
    if (!result.isError) this.#keep(key, result);
    return result;
  }

  /** The history was cleared: the harness reads everything afresh, and what is out was lost on its way. */
  cleared(): void {
    this.#out.clear();
    this.#notes.clear();
    this.#reads.clear();
    this.#kept = 0;
  }

  #keep(key: string, result: CallToolResult): void {
    const known = this.#reads.get(key);
    if (known) this.#kept -= sizeOf(known);
    this.#reads.delete(key);
    this.#reads.set(key, result);
    this.#kept += sizeOf(result);
    for (const [oldest, old] of this.#reads) {
      if (this.#kept <= MAX_KEPT) return;
      this.#reads.delete(oldest);
      this.#kept -= sizeOf(old);
    }
  }
}

export function isWasted(result: CallToolResult): boolean {
  return !result.isError && textOf(result).startsWith(WASTED);
}

/** Two reads of one key give the same text, as long as the file does not change. */
export function readKey(args: JsonObject): string {
  return JSON.stringify([args["file_path"], args["offset"], args["limit"], args["pages"]]);
}

/** The document that Claude Code shows its model beside the text of a PDF's Read, from the event's own copy. */
export function pdfOf(toolUseResult: unknown): ContentBlock | undefined {
  const file = objectOf(objectOf(toolUseResult)?.["file"]);
  const blob = stringOf(file?.["base64"]);
  const path = stringOf(file?.["filePath"]);
  if (objectOf(toolUseResult)?.["type"] !== "pdf" || blob === undefined || path === undefined)
    return undefined;
  return {
    type: "resource",
    resource: { uri: pathToFileURL(path).href, mimeType: "application/pdf", blob },
  };
}

/** The result with its document once: since 2.1.242 it stands in the result too, without a word of its path. */
export function withDocument(result: CallToolResult, document: ContentBlock): CallToolResult {
  const others = result.content.filter((block) => !isUnplacedDocument(block));
  return { ...result, content: [...others, document] };
}

function sizeOf(result: CallToolResult): number {
  let size = 0;
  for (const block of result.content) {
    if (block.type === "text") size += block.text.length;
    else if (block.type === "image") size += block.data.length;
  }
  return size;
}
