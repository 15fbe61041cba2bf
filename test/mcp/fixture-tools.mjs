// The tools that the conformance suite asks for, as far as a harness can have them.
import { setTimeout as sleep } from "node:timers/promises";

/** A PNG of one pixel. */
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** A WAV without a sound: its 44 bytes are the header. */
const SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQAAAAA=";

const text = (value) => ({ type: "text", text: value });
const image = { type: "image", mimeType: "image/png", data: PIXEL };
const audio = { type: "audio", mimeType: "audio/wav", data: SILENCE };
const resource = (name, mimeType, content) => ({
  type: "resource",
  resource: { uri: `test://${name}`, mimeType, text: content },
});

/** The suite compares each keyword of this schema with what `tools/list` shows. */
const RICH_SCHEMA = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
};

/** Name → what it answers, and its schema if it takes arguments. `host` is the program around it. */
const TOOLS = {
  test_simple_text: { run: () => [text("This is a simple text response for testing.")] },
  test_image_content: { run: () => [image] },
  test_audio_content: { run: () => [audio] },
  test_embedded_resource: {
    run: () => [
      resource("embedded-resource", "text/plain", "This is an embedded resource content."),
    ],
  },
  test_multiple_content_types: {
    run: () => [
      text("Multiple content types test:"),
      image,
      resource("mixed-content-resource", "application/json", '{"test":"data","value":123}'),
    ],
  },
  test_error_handling: {
    isError: true,
    run: () => [text("This tool intentionally returns an error for testing")],
  },
  test_tool_with_progress: {
    run: async (_, host) => {
      let output = "";
      for (const part of ["0/100", "50/100", "100/100"]) {
        output += `${part}\n`;
        host.progress(output);
        await sleep(50);
      }
      return [text("Progress was told.")];
    },
  },
  test_tool_with_logging: {
    run: async () => {
      await sleep(100);
      return [text("A harness has no way to log for its client.")];
    },
  },
  test_logging_tool: { run: () => [text("Nothing was logged.")] },
  // The suite looks whether the server sends requests of its own while this runs; a harness makes none.
  test_streaming_elicitation: { run: () => [text("Nothing was asked.")] },
  // These four go out once the client's person has said yes: the config names them in `confirm`.
  test_elicitation: {
    schema: { type: "object", properties: { message: { type: "string" } } },
    run: ({ message }) => [text(`Confirmed: ${message}`)],
  },
  test_input_required_result_elicitation: { run: () => [text("Confirmed.")] },
  test_input_required_result_request_state: { run: () => [text("state-ok")] },
  test_input_required_result_tampered_state: { run: () => [text("Confirmed.")] },
  test_trigger_tool_change: {
    run: (_, host) => {
      host.grow();
      return [text("The next turn lists one tool more.")];
    },
  },
  json_schema_2020_12_tool: { schema: RICH_SCHEMA, run: () => [text("The schema was met.")] },
  test_headers: {
    schema: {
      type: "object",
      properties: { region: { type: "string", "x-mcp-header": "Region" } },
    },
    run: ({ region }) => [text(`Region: ${region}`)],
  },
};

/** What a turn lists. */
export function listed(more = []) {
  return [...Object.entries(TOOLS), ...more.map((name) => [name, {}])].map(([name, tool]) => ({
    name,
    description: `The conformance suite's tool ${name}.`,
    schema: tool.schema ?? { type: "object", properties: {} },
  }));
}

/** Runs one call. */
export async function run({ name, arguments: args }, host) {
  const tool = TOOLS[name];
  if (!tool) return { content: [text(`There is nothing to run in ${name}.`)], isError: true };
  const content = await tool.run(args, host);
  return { content, ...(tool.isError ? { isError: true } : {}) };
}

/** Whether an LLM API has blocks for all of a result. */
export function isSayable({ content }) {
  return content.every(({ type }) => type === "text" || type === "image");
}
