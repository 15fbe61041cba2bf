import type { Found, HistoryItem, Wire, WireCall } from "harness-to-mcp/testing";

interface Part {
  text?: string;
  functionCall?: { id: string; name: string; args: Record<string, unknown> };
}

interface Chunk {
  candidates?: { content?: { parts?: Part[] }; finishReason?: string }[];
  error?: { message: string };
}

/** The Gemini API as gemini-cli 0.61 writes and reads it; written from the API's documentation and from its requests. */
export const wire: Wire = {
  path: ({ model, stream }) =>
    `/v1beta/models/${model}:${stream ? "streamGenerateContent" : "generateContent"}`,
  keyHeader: (key) => ({ "x-goog-api-key": key }),
  params: ({ model, stream }) => ({
    model,
    method: stream ? "streamGenerateContent" : "generateContent",
  }),
  request: ({ history, tools, system }) => {
    const functions = tools.filter(({ hosted }) => hosted === undefined);
    const hosted = tools.flatMap((tool) => (tool.hosted === undefined ? [] : [tool.hosted]));
    return {
      contents: history.map(contentOf),
      systemInstruction: { role: "user", parts: [{ text: system }] },
      tools: [
        ...(functions.length === 0
          ? []
          : [
              {
                functionDeclarations: functions.map(({ name, description, schema }) => ({
                  name,
                  description,
                  parametersJsonSchema: schema,
                })),
              },
            ]),
        ...hosted.map((name) => ({ [name]: {} })),
      ],
      generationConfig: { temperature: 1 },
    };
  },
  reader: () => {
    let text = "";
    return ({ event, data, comment }) => {
      // Its reader takes text that begins with `data:`: anything before that stops it for good.
      if (event !== undefined || comment) throw new Error("gemini-cli 0.61 cannot read this event");
      const chunk = JSON.parse(data) as Chunk;
      if (chunk.error)
        return { counted: true, found: [{ type: "end", text, error: chunk.error.message }] };
      const [candidate] = chunk.candidates ?? [];
      const parts = candidate?.content?.parts ?? [];
      text += textOf(parts);
      const found: Found[] = callsOf(parts).map((call) => ({ type: "call", call }));
      if (candidate?.finishReason !== undefined) found.push({ type: "end", text });
      return { counted: true, found };
    };
  },
  whole: (body) => {
    const { candidates = [], error } = body as Chunk;
    const parts = candidates[0]?.content?.parts ?? [];
    return { calls: callsOf(parts), text: textOf(parts), error: error?.message };
  },
};

function contentOf(item: HistoryItem): object {
  if ("user" in item) return { role: "user", parts: [{ text: item.user }] };
  if ("calls" in item) {
    const parts = item.calls.map(({ id, name, arguments: args }) => ({
      functionCall: { id, name, args },
    }));
    return { role: "model", parts };
  }
  const parts = item.results.flatMap(({ call: { id, name }, result: { content, isError } }) => {
    const texts = content.flatMap(({ text }) => (text === undefined ? [] : [text]));
    const response = { [isError ? "error" : "output"]: texts.join("\n") };
    // Media follow the result that they are of.
    const media = content.filter(({ type }) => type === "image");
    return [
      { functionResponse: { id, name, response } },
      ...media.map(({ mimeType, data }) => ({ inlineData: { mimeType, data } })),
    ];
  });
  return { role: "user", parts };
}

function textOf(parts: readonly Part[]): string {
  return parts.map(({ text }) => text ?? "").join("");
}

function callsOf(parts: readonly Part[]): WireCall[] {
  return parts.flatMap(({ functionCall }) =>
    functionCall
      ? [{ id: functionCall.id, name: functionCall.name, arguments: functionCall.args }]
      : [],
  );
}
