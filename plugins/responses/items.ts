import { randomUUID } from "node:crypto";
import { type JsonObject, stringOf, type ToolCall } from "../../src/plugin.ts";
import { type WireTool, wireTools } from "./tools.ts";

/** One item of a response, and the events that tell how it came to be. */
export interface OutputItem {
  /** The item before it had any content. */
  readonly started: JsonObject;
  /** The events between its beginning and its end. */
  readonly parts: readonly (JsonObject & { readonly type: string })[];
  /** The whole item. */
  readonly item: JsonObject & { readonly id: string };
}

/** Makes items of calls, each in the kind that the request listed its tool as. `body`: the request. */
export function toolItems(body: unknown): (call: ToolCall) => OutputItem {
  // Read at the first call: most turns of a long history never need it twice.
  let known: Map<string, WireTool> | undefined;
  return (call) => {
    known ??= new Map(wireTools(body).served.map((each) => [each.tool.name, each]));
    const wire = known.get(call.name);
    return wire?.kind === "custom" ? customItem(call, wire) : functionItem(call, wire);
  };
}

function functionItem(call: ToolCall, wire: WireTool | undefined): OutputItem {
  const text = JSON.stringify(call.arguments);
  const head = { type: "function_call", id: newId("fc"), ...address(call, wire) };
  return {
    started: { ...head, arguments: "", status: "in_progress" },
    parts: [
      { type: "response.function_call_arguments.delta", delta: text },
      { type: "response.function_call_arguments.done", arguments: text },
    ],
    item: { ...head, arguments: text, status: "completed" },
  };
}

function customItem(call: ToolCall, wire: WireTool): OutputItem {
  const input = stringOf(call.arguments["input"]) ?? "";
  const head = { type: "custom_tool_call", id: newId("ctc"), ...address(call, wire) };
  return {
    started: { ...head, input: "", status: "in_progress" },
    parts: [
      { type: "response.custom_tool_call_input.delta", delta: input },
      { type: "response.custom_tool_call_input.done", input },
    ],
    item: { ...head, input, status: "completed" },
  };
}

function address(call: ToolCall, wire: WireTool | undefined): JsonObject {
  const namespace = wire?.namespace === undefined ? {} : { namespace: wire.namespace };
  return { call_id: call.id, ...namespace, name: wire?.name ?? call.name };
}

function newId(kind: string): string {
  return `${kind}_${randomUUID().replaceAll("-", "")}`;
}
