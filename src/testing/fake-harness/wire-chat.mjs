// The chat completions API, as a harness writes and reads it.

export function chat() {
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
