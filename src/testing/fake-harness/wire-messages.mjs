// The messages API, as a harness writes and reads it.

export function messages() {
  return {
    path: "/v1/messages",
    keyHeader: (key) => ({ "x-api-key": key }),
    request({ history, tools, stream = true, system, model = "fake-model" }) {
      return {
        model,
        max_tokens: 64,
        stream,
        system: [{ type: "text", text: system }],
        tools: tools.map((tool) =>
          tool.hosted
            ? { type: tool.hosted, name: tool.name }
            : { name: tool.name, description: tool.description, input_schema: tool.schema },
        ),
        messages: history.map((item) => {
          if (item.user !== undefined) return { role: "user", content: item.user };
          if (item.calls)
            return {
              role: "assistant",
              content: item.calls.map((call) => ({
                type: "tool_use",
                id: call.id,
                name: call.name,
                input: call.arguments,
              })),
            };
          return {
            role: "user",
            content: item.results.map(({ call, result }) => ({
              type: "tool_result",
              tool_use_id: call.id,
              content: result.content.map((block) =>
                block.type === "image"
                  ? {
                      type: "image",
                      source: { type: "base64", media_type: block.mimeType, data: block.data },
                    }
                  : block,
              ),
              ...(result.isError ? { is_error: true } : {}),
            })),
          };
        }),
      };
    },
    reader() {
      const open = new Map();
      let text = "";
      return ({ event, data }) => {
        // Claude Code drops events without an `event:` line, and `ping` before its idle timer.
        if (event === undefined || event === "ping") return { counted: false, found: [] };
        const message = JSON.parse(data);
        const found = [];
        if (message.type === "content_block_start")
          open.set(message.index, { ...message.content_block, json: "" });
        const block = open.get(message.index);
        if (message.type === "content_block_delta") {
          block.json += message.delta.partial_json ?? "";
          text += message.delta.text ?? "";
        }
        if (message.type === "content_block_stop" && block.type === "tool_use")
          found.push({
            type: "call",
            call: { id: block.id, name: block.name, arguments: JSON.parse(block.json || "{}") },
          });
        if (message.type === "message_stop") found.push({ type: "end", text });
        if (message.type === "error")
          found.push({ type: "end", text, error: message.error.message });
        return { counted: true, found };
      };
    },
    whole(body) {
      if (body.type === "error") return { calls: [], text: "", error: body.error.message };
      return {
        calls: body.content
          .filter(({ type }) => type === "tool_use")
          .map(({ id, name, input }) => ({ id, name, arguments: input })),
        text: body.content.map((block) => block.text ?? "").join(""),
      };
    },
  };
}
