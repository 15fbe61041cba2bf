import type { PathParams } from "../types/api.ts";
import type { HistoryItem, RequestParts, Wire, WireCall, WireTool } from "./wire.ts";

/** A plain tool with a schema that must come through as it is, and one with nothing in it. */
export const TOOLS: readonly WireTool[] = [
  {
    name: "first",
    description: "Does a thing.",
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        text: { $ref: "#/$defs/word" },
        deep: { type: "array", items: { type: "null" } },
      },
      required: ["text"],
      additionalProperties: false,
      $defs: { word: { type: "string", minLength: 1 } },
    },
  },
  { name: "second", schema: { type: "object", properties: {} } },
];

/** Arguments that are hard to carry. */
export const HARD = {
  text: 'a "quoted" \\ line\n\r\ttab \u2028 \u0000 \u{1F980}',
  nested: { list: [1, null, [], {}], "": false, constructor: "x" },
  number: -1.5e-7,
};

/** A history that has just begun. */
export const HISTORY: readonly HistoryItem[] = [{ user: "Begin." }];

/** A request with a prompt and both tools, or with what is given instead. */
export interface SampleRequest {
  readonly body: Record<string, unknown>;
  /** What its path says, where an API says something there. */
  readonly params: PathParams | undefined;
}

/** The request of a wire, as the adapter gets it. */
export function sampleRequest(wire: Wire, more: Partial<RequestParts> = {}): SampleRequest {
  const parts = { history: HISTORY, tools: TOOLS, system: "Be useful.", ...more };
  const { model = "fake-model", stream = true } = parts;
  return { body: wire.request(parts), params: wire.params?.({ model, stream }) };
}

/** A call of the first tool. */
export function call(id: string, args: Record<string, unknown> = HARD, name = "first"): WireCall {
  return { id, name, arguments: args };
}
