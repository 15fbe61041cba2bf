// The responses API, as a harness writes and reads it.

export function responses() {
  const output = (result) =>
    result.content.every(({ type }) => type === "text")
      ? result.content.map(({ text }) => text).join("")
      : result.content.map((block) =>
          block.type === "image"
            ? {
                type: "input_image",
                image_url: `data:${block.mimeType};base64,${block.data}`,
              }
            : { type: "input_text", text: block.text },
        );
  const callOf = (item) => {
    if (item.type === "function_call")
      return {
        id: item.call_id,
        name: item.name,
        namespace: item.namespace,
        kind: "function",
        arguments: JSON.parse(item.arguments || "{}"),
      };
    if (item.type === "custom_tool_call")
      return {
        id: item.call_id,
        name: item.name,
        kind: "custom",
        arguments: { input: item.input },
      };
    return undefined;
  };
  const toolOf = (tool) => {
    if (tool.hosted) return { type: tool.hosted };
    if (tool.custom)
      return {
        type: "custom",
        name: tool.name,
        description: tool.description,
        format: { type: "grammar", syntax: "lark", definition: "start: /.+/" },
      };
    if (tool.members)
      return {
        type: "namespace",
        name: tool.name,
        description: tool.description,
        tools: tool.members.map(toolOf),
      };
    return {
      type: "function",
      name: tool.name,
      description: tool.description,
      strict: false,
      parameters: tool.schema,
    };
  };
  return {
    path: "/v1/responses",
    keyHeader: (key) => ({ authorization: `Bearer ${key}` }),
    request({ history, tools, stream = true, system, model = "fake-model", previous, since = 0 }) {
      return {
        model,
        stream,
        store: false,
        instructions: system,
        tools: tools.map(toolOf),
        tool_choice: "auto",
        parallel_tool_calls: true,
        ...(previous ? { previous_response_id: previous } : {}),
        input: history.slice(since).flatMap((item) => {
          if (item.user !== undefined)
            return [
              {
                type: "message",
                role: "user",
                content: [{ type: "input_text", text: item.user }],
              },
            ];
          if (item.calls)
            return item.calls.map((call) =>
              call.kind === "custom"
                ? {
                    type: "custom_tool_call",
                    call_id: call.id,
                    name: call.name,
                    input: call.arguments.input,
                  }
                : {
                    type: "function_call",
                    call_id: call.id,
                    name: call.name,
                    ...(call.namespace ? { namespace: call.namespace } : {}),
                    arguments: JSON.stringify(call.arguments),
                  },
            );
          return item.results.map(({ call, result }) => ({
            type: call.kind === "custom" ? "custom_tool_call_output" : "function_call_output",
            call_id: call.id,
            output: output(result),
          }));
        }),
      };
    },
    reader() {
      let text = "";
      return ({ data }) => {
        if (data === "") return { counted: false, found: [] };
        const message = JSON.parse(data);
        const found = [];
        if (message.type === "response.output_item.done") {
          const call = callOf(message.item);
          if (call) found.push({ type: "call", call });
          else text += (message.item.content ?? []).map((part) => part.text ?? "").join("");
        }
        if (message.type === "response.completed")
          found.push({ type: "end", text, id: message.response.id });
        if (message.type === "response.failed" || message.type === "error")
          found.push({
            type: "end",
            text,
            error: message.response?.error?.message ?? message.error?.message ?? "error",
          });
        return { counted: true, found };
      };
    },
    whole(body) {
      if (body.error) return { calls: [], text: "", error: body.error.message };
      return {
        calls: body.output.map(callOf).filter(Boolean),
        text: body.output
          .flatMap((item) => item.content ?? [])
          .map((part) => part.text ?? "")
          .join(""),
        id: body.id,
      };
    },
  };
}
