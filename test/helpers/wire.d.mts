/** Types of `wire.mjs`, which the fake harness runs as it is. */
export interface WireTool {
  name: string;
  description?: string;
  schema?: Record<string, unknown>;
  /** The wire's own name of a tool that the vendor runs. */
  hosted?: string;
  /** A freeform tool of the responses API. */
  custom?: boolean;
  /** A namespace of the responses API. */
  members?: WireTool[];
}

export interface WireCall {
  id: string;
  name: string;
  namespace?: string;
  kind?: "function" | "custom";
  arguments: Record<string, unknown>;
}

export interface WireResult {
  content: { type: string; text?: string; data?: string; mimeType?: string }[];
  isError?: boolean;
}

export type HistoryItem =
  | { user: string }
  | { calls: readonly WireCall[] }
  | { results: readonly { call: WireCall; result: WireResult }[] };

export interface RequestParts {
  history: readonly HistoryItem[];
  tools: readonly WireTool[];
  stream?: boolean;
  system: string;
  model?: string;
  /** Responses over WebSocket: the reply that the input continues, and the history it holds already. */
  previous?: string | undefined;
  since?: number;
}

export interface SseEvent {
  event?: string | undefined;
  data: string;
  comment?: boolean;
}

export type Found =
  | { type: "call"; call: WireCall }
  | { type: "end"; text: string; error?: string; id?: string };

export interface Wire {
  path: string;
  keyHeader(key: string): Record<string, string>;
  request(parts: RequestParts): Record<string, unknown>;
  /** Reads a reply event by event; `counted`: the harness's idle timer takes it for a sign of life. */
  reader(): (event: SseEvent) => { counted: boolean; found: Found[] };
  whole(body: unknown): { calls: WireCall[]; text: string; error?: string; id?: string };
}

export type ApiName = "messages" | "responses" | "chat-completions";

export const WIRES: Record<ApiName, Wire>;

export function sseReader(): (text: string) => SseEvent[];
