import { describe, expect, it } from "vitest";
import { chatCompletions } from "../../plugins/chat-completions/index.ts";
import type { Turn } from "../../src/plugin.ts";

const TOOL = {
  type: "function",
  function: {
    name: "dig",
    description: "Digs a hole.",
    parameters: { type: "object", properties: { depth: { type: "number" } }, required: ["depth"] },
  },
};

const BASE = {
  model: "spade-1",
  stream: true,
  messages: [
    { role: "system", content: "You are a gardener." },
    { role: "user", content: "Plant a tree." },
  ],
  tools: [TOOL],
};

const parse = (more: object = {}): Turn => chatCompletions.parse({ ...BASE, ...more });

const PICTURE = { type: "image_url", image_url: { url: "data:image/png;base64,UElD" } };
const OTHER = { type: "image_url", image_url: { url: "data:image/jpeg;base64,T1RI" } };
const image = { type: "image", mimeType: "image/png", data: "UElD" };
const other = { type: "image", mimeType: "image/jpeg", data: "T1RI" };
const text = (value: string) => ({ type: "text", text: value });

/** A step of a harness: calls of the named tools, their results, and what follows. */
function step(
  tools: readonly (readonly [name: string, content: unknown])[],
  ...after: readonly object[]
): Turn {
  const calls = tools.map(([name], at) => ({
    id: `c${at}`,
    type: "function",
    function: { name, arguments: "{}" },
  }));
  const results = tools.map(([, content], at) => ({
    role: "tool",
    tool_call_id: `c${at}`,
    content,
  }));
  const assistant = { role: "assistant", content: null, tool_calls: calls };
  return parse({ messages: [...BASE.messages, assistant, ...results, ...after] });
}

const contents = (turn: Turn) => turn.results.map(({ result }) => result.content);
const media = (...parts: readonly object[]) => ({
  role: "user",
  content: [{ type: "text", text: "Attached media from tool result:" }, ...parts],
});

describe("a result on the chat completions wire", () => {
  it.each(["plain", "", '[{"type":"text","text":"x"}]', "line\r\nline\u2028\u0000"])(
    "is the very text that was sent: %j",
    (value) => {
      const turn = step([["dig", value]]);

      expect(turn.results).toEqual([{ callId: "c0", result: { content: [text(value)] } }]);
    },
  );

  it("may be parts, with images and files among them", () => {
    const file = {
      type: "file",
      file: { filename: "map 1.pdf", file_data: "data:application/pdf;base64,UERG" },
    };

    const turn = step([["dig", [{ type: "text", text: "a" }, PICTURE, file, { type: "sound" }]]]);

    expect(contents(turn)).toEqual([
      [
        text("a"),
        image,
        {
          type: "resource",
          resource: { uri: "attachment:map%201.pdf", mimeType: "application/pdf", blob: "UERG" },
        },
        text('{"type":"sound"}'),
      ],
    ]);
  });

  it("keeps its order, and those of earlier steps", () => {
    const turn = step(
      [
        ["dig", "one"],
        ["dig", "two"],
      ],
      { role: "assistant", content: "So." },
      {
        role: "tool",
        tool_call_id: "late",
        content: "three",
      },
    );

    expect(turn.results.map(({ callId }) => callId)).toEqual(["c0", "c1", "late"]);
  });

  it("gets its image back from the message that follows", () => {
    const turn = step([["read", "Image read successfully"]], media(PICTURE));

    expect(contents(turn)).toEqual([[text("Image read successfully"), image]]);
  });

  it("gets its own image back when several were read at once", () => {
    const said = "Image read successfully";

    const turn = step(
      [
        ["read", said],
        ["bash", said],
        ["read", "<path>…"],
        ["read", said],
      ],
      media(PICTURE, OTHER),
    );

    expect(contents(turn)).toEqual([
      [text(said), image],
      [text(said)],
      [text("<path>…")],
      [text(said), other],
    ]);
  });

  it("gets all media of a tool of another kind if it is the only one", () => {
    expect(contents(step([["camera", "click"]], media(PICTURE, OTHER)))).toEqual([
      [text("click"), image, other],
    ]);
  });

  it("loses no media where nobody can tell whose they are", () => {
    expect(
      contents(
        step(
          [
            ["camera", "one"],
            ["camera", "two"],
          ],
          media(PICTURE),
        ),
      ),
    ).toEqual([[text("one")], [text("two"), image]]);
  });

  it.each([
    [
      "a tool prints the words",
      [["bash", "Attached media from tool result:\ndata:image/png;base64,UElD"]],
      [],
    ],
    ["a tool prints a part", [["bash", JSON.stringify(PICTURE)]], []],
    [
      "a person sends an image of their own",
      [["bash", "x"]],
      [{ role: "user", content: [text("Look:"), PICTURE] }],
    ],
    [
      "another message stands between",
      [["bash", "x"]],
      [{ role: "assistant", content: "So." }, media(PICTURE)],
    ],
  ] as const)("gets no image when %s", (_what, tools, after) => {
    const turn = step(tools, ...after);

    expect(contents(turn)).toEqual([[text(tools[0][1])]]);
  });
});
