// What a harness needs of each LLM API: how it writes a request, and how it reads the reply. Written from the APIs' own
// documentation and independent of the adapters in `plugins/`, so that the two can disagree. Plain JavaScript: the fake
// harness runs it under Node as it is.

/** @type {Record<string, object>} */
export const WIRES = { messages: messages(), responses: responses(), "chat-completions": chat() };

/** Splits a stream of server-sent events: feed it text, it gives `{ event, data, comment }`. */
export function sseReader() {
  let rest = "";
  return (text) => {
    rest += text;
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    return blocks.map((block) => {
      const found = { event: undefined, data: "", comment: false };
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) found.event = line.slice(7);
        else if (line.startsWith("data: ")) found.data += line.slice(6);
        else if (line.startsWith(":")) found.comment = true;
      }
      return found;
    });
  };
}

function messages() {
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

function responses() {
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

function chat() {
  return {
    path: "/v1/chat/completions",
    keyHeader: (key) => ({ authorization: `Bearer ${key}` }),
    request({ history, tools, stream = true, system, model = "fake-model" }) {
      return {
        model,
        stream,
        ...(tools.length > 0
          ? {
              tools: tools.map((tool) => ({
                type: "function",
                function: {
                  name: tool.name,
                  description: tool.description,
                  parameters: tool.schema,
                },
              })),
            }
          : {}),
        messages: [
          { role: "system", content: system },
          ...history.flatMap((item) => {
            if (item.user !== undefined) return [{ role: "user", content: item.user }];
            if (item.calls)
              return [
                {
                  role: "assistant",
                  content: null,
                  tool_calls: item.calls.map((call) => ({
                    id: call.id,
                    type: "function",
                    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
                  })),
                },
              ];
            const images = item.results.flatMap(({ result }) =>
              result.content.filter(({ type }) => type === "image"),
            );
            return [
              ...item.results.map(({ call, result }) => ({
                role: "tool",
                tool_call_id: call.id,
                content: result.content.map((block) => block.text ?? "").join(""),
              })),
              // OpenCode 1.18.33 moves images to a user message of their own, without a call id.
              ...(images.length > 0
                ? [
                    {
                      role: "user",
                      content: [
                        { type: "text", text: "Attached media from tool result:" },
                        ...images.map(({ mimeType, data }) => ({
                          type: "image_url",
                          image_url: { url: `data:${mimeType};base64,${data}` },
                        })),
                      ],
                    },
                  ]
                : []),
            ];
          }),
        ],
      };
    },
    reader() {
      const open = new Map();
      let text = "";
      let error;
      return ({ data }) => {
        // OpenCode 1.18.33 counts any bytes, so comments too.
        if (data === "") return { counted: true, found: [] };
        if (data === "[DONE]") return { counted: true, found: [{ type: "end", text, error }] };
        const message = JSON.parse(data);
        if (message.error) error = message.error.message;
        const delta = message.choices?.[0]?.delta ?? {};
        text += delta.content ?? "";
        const found = [];
        for (const piece of delta.tool_calls ?? []) {
          const call = open.get(piece.index) ?? { json: "", done: false };
          open.set(piece.index, call);
          call.id ??= piece.id;
          call.name ??= piece.function?.name;
          call.json += piece.function?.arguments ?? "";
          if (call.done || !isJson(call.json)) continue;
          call.done = true;
          found.push({
            type: "call",
            call: { id: call.id, name: call.name, arguments: JSON.parse(call.json) },
          });
        }
        return { counted: true, found };
      };
    },
    whole(body) {
      if (body.error) return { calls: [], text: "", error: body.error.message };
      const { message } = body.choices[0];
      return {
        calls: (message.tool_calls ?? []).map(({ id, function: { name, arguments: json } }) => ({
          id,
          name,
          arguments: JSON.parse(json),
        })),
        text: message.content ?? "",
      };
    },
  };
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
