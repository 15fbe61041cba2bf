import { type JsonObject, objectOf, startOf, stringOf } from "../../src/plugin.ts";

const NOBODY = "Nobody is there to answer, so h2m declined.";
/** Most characters of a question that are told. */
const LONGEST = 500;

/** The answer to an event that asks, and what the calls of an MCP server should be told of it. */
export interface Declined {
  readonly line: string;
  /** The MCP server that asked a person while it ran a call, as it stands in the names of its tools. */
  readonly server?: string;
  readonly note?: string;
}

/** Declines whatever Claude Code asks by a `control_request`: a question without an answer blocks the call that it belongs to (2.1.197). */
export function declined(event: JsonObject): Declined | undefined {
  const id = stringOf(event["request_id"]);
  const request = objectOf(event["request"]);
  if (id === undefined || !request) return undefined;
  switch (request["subtype"]) {
    case "elicitation":
      return { line: answer(id, { action: "decline" }), ...noteOf(request) };
    case "can_use_tool":
      return { line: answer(id, { behavior: "deny", message: permissionOf(request) }) };
    case "request_user_dialog":
      return { line: answer(id, { behavior: "cancelled" }) };
    default:
      return { line: refusal(id, String(request["subtype"])) };
  }
}

/** A question of an MCP server, for the results of its calls. */
function noteOf(request: JsonObject): Pick<Declined, "server" | "note"> {
  const server = stringOf(request["mcp_server_name"]) ?? "";
  const message = startOf(stringOf(request["message"]) ?? "", LONGEST);
  return {
    server: server.replaceAll(/[^\w-]/g, "_"),
    note: `The MCP server \`${server}\` asked a person: ${JSON.stringify(message)} ${NOBODY}`,
  };
}

function permissionOf(request: JsonObject): string {
  const tool = stringOf(request["tool_name"]) ?? "it";
  return `Whether \`${tool}\` may run was to be asked of a person. ${NOBODY}`;
}

function answer(id: string, response: JsonObject): string {
  const body = { subtype: "success", request_id: id, response };
  return JSON.stringify({ type: "control_response", response: body });
}

function refusal(id: string, subtype: string): string {
  const error = `h2m does not answer \`${subtype}\`.`;
  return JSON.stringify({
    type: "control_response",
    response: { subtype: "error", request_id: id, error },
  });
}
