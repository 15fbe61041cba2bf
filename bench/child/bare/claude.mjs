/** Claude Code: a block of the reply is a call, a line of its output the result. */
export function driveBare({ write }) {
  let index = 0;
  const prompt = { role: "user", content: [{ type: "text", text: "go" }] };
  write(JSON.stringify({ type: "user", message: prompt }));
  return {
    begin: ({ model }) => [
      {
        type: "message_start",
        message: {
          id: "msg_1",
          type: "message",
          role: "assistant",
          model,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 1, output_tokens: 1 },
        },
      },
    ],
    call: (id, name, args) => {
      const at = index++;
      const delta = { type: "input_json_delta", partial_json: JSON.stringify(args) };
      const block = { type: "tool_use", id: `toolu_${id}`, name, input: {} };
      return [
        { type: "content_block_start", index: at, content_block: block },
        { type: "content_block_delta", index: at, delta },
        { type: "content_block_stop", index: at },
      ];
    },
    heard: (line) => {
      if (!line.includes('"tool_result"')) return undefined;
      const block = JSON.parse(line).message.content.find(({ type }) => type === "tool_result");
      if (!block) return undefined;
      const { content } = block;
      return typeof content === "string" ? content : content.map((each) => each.text).join("");
    },
  };
}
