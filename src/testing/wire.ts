import type { PathParams } from "../types/api.ts";
import { sseReader as splitter, WIRES as wires } from "./fake-harness/wires.mjs";

/** A tool of a request, before it is put into the words of an API. */
export interface WireTool {
  name: string;
  description?: string;
  /** A JSON schema of type `object`. */
  schema?: Record<string, unknown>;
  /** The wire's own name of a tool that the vendor runs. */
  hosted?: string;
  /** A freeform tool of the responses API. */
  custom?: boolean;
  /** A namespace of the responses API. */
  members?: WireTool[];
}

/** A call in a history or in a reply. */
export interface WireCall {
  id: string;
  name: string;
  namespace?: string;
  kind?: "function" | "custom";
  arguments: Record<string, unknown>;
}

/** What a call gave: text and image blocks, as MCP has them. */
export interface WireResult {
  content: { type: string; text?: string; data?: string; mimeType?: string }[];
  isError?: boolean;
}

/** One step of a history: what the user said, what the model called, or what the calls gave. */
export type HistoryItem =
  | { user: string }
  | { calls: readonly WireCall[] }
  | { results: readonly { call: WireCall; result: WireResult }[] };

/** All that a request is made of. */
export interface RequestParts {
  history: readonly HistoryItem[];
  tools: readonly WireTool[];
  /** @default true */
  stream?: boolean;
  system: string;
  /** @default "fake-model" */
  model?: string;
  /** Responses over WebSocket: the reply that the input continues, and the history it holds already. */
  previous?: string | undefined;
  since?: number;
}

/** What the path of some APIs says, and their body does not. */
export interface InPath {
  model: string;
  stream: boolean;
}

/** An event of a streamed reply, as it came. */
export interface SseEvent {
  event?: string | undefined;
  data: string;
  /** It had a line that begins with a colon. */
  comment?: boolean;
}

/** What a harness takes out of a reply: a complete call, or its end, with all its text. */
export type Found =
  | { type: "call"; call: WireCall }
  | { type: "end"; text: string; error?: string | undefined; id?: string | undefined };

/**
 * How a harness writes and reads one LLM API. Written from the API's own documentation and independent of the adapter
 * that it tests, so that the two can disagree.
 */
export interface Wire {
  /** Below the hijack API's root, such as `/v1/messages`; a function, where it says something of the request. */
  path: string | ((request: InPath) => string);
  /** What the adapter is given of such a path. */
  params?(request: InPath): PathParams;
  /** The headers that carry an API key. */
  keyHeader(key: string): Record<string, string>;
  /** The body of a request. */
  request(parts: RequestParts): Record<string, unknown>;
  /** Reads a reply event by event; `counted`: the harness's idle timer takes it for a sign of life. */
  reader(): (event: SseEvent) => { counted: boolean; found: Found[] };
  /** Reads a reply that is no stream. */
  whole(body: unknown): {
    calls: WireCall[];
    text: string;
    error?: string | undefined;
    id?: string | undefined;
  };
}

/** The APIs whose wire comes with the kit. */
export type ApiName = "messages" | "responses" | "chat-completions";

/** How a harness writes and reads each of the built-in APIs, all of which have plain paths. */
export const WIRES: Readonly<Record<ApiName, Wire & { path: string }>> = wires;

/** Splits a stream of server-sent events: feed it text, it gives the events that are complete. */
export function sseReader(): (text: string) => SseEvent[] {
  return splitter();
}
