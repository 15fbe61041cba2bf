import { describe, expect, it } from "vitest";
import { shares } from "../../src/core/call/shares.ts";
import { withoutMiddleBytes as cut } from "../../src/kit/cut.ts";
import { Results } from "../../src/core/call/results.ts";
import { bytesOf, type CallToolResult, type ContentBlock } from "../../src/plugin.ts";
import { failure } from "../helpers/until.ts";

const text = (value: string): ContentBlock => ({ type: "text", text: value });
const image = (bytes: number): ContentBlock => ({
  type: "image",
  mimeType: "image/png",
  data: "A".repeat(bytes),
});
const links = ({ content }: CallToolResult) =>
  content.filter((block) => block.type === "resource_link");
const size = ({ content }: CallToolResult) =>
  content.reduce((all, block) => all + bytesOf(block), 0);

describe("a result", () => {
  const kept = () => new Results(2_000, () => {});

  it("that is small enough is the very same object", () => {
    const result = { content: [text("x".repeat(1_990)), image(10)] };

    expect(kept().bounded(result, "t")).toBe(result);
  });

  it("with a long text keeps both ends, tells the length, and links to the whole", () => {
    const results = kept();
    const whole = `begin ${"é".repeat(5_000)} end`;

    const result = results.bounded(
      { content: [text(whole)], isError: true, _meta: { a: 1 } },
      "Bash",
    );

    const [first, link] = result.content;
    expect(result).toMatchObject({ isError: true, _meta: { a: 1 } });
    expect(first).toMatchObject({ text: expect.stringMatching(/^begin é+\n\[….*…\]\né+ end$/s) });
    expect(size(result)).toBeLessThanOrEqual(2_000);
    expect(size(result)).toBeGreaterThan(1_980);
    expect(link).toMatchObject({
      type: "resource_link",
      uri: expect.stringMatching(/^h2m:\/\/result\//),
      name: "Bash 1",
      mimeType: "text/plain",
      size: 10_010,
    });
    expect((first as { text: string }).text).toContain((link as { uri: string }).uri);
    expect((first as { text: string }).text).toMatch(/\d+ of 10010 bytes are left out here/);
    expect(results.read((link as { uri: string }).uri)).toMatchObject({ text: whole });
  });

  it("with an image that is too large has a link in its place", () => {
    const results = kept();
    const large = image(3_000);

    const { content } = results.bounded({ content: [text("seen"), large, image(100)] }, "Read");

    expect(content).toMatchObject([text("seen"), { type: "resource_link" }, image(100)]);
    const [link] = links({ content });
    expect(results.read(link?.uri ?? "")).toEqual({
      uri: link?.uri,
      mimeType: "image/png",
      blob: (large as { data: string }).data,
    });
  });

  it.each<[string, ContentBlock[]]>([
    ["several long texts", [text("a".repeat(3_000)), text("b"), text("c".repeat(9_000))]],
    ["many images", Array.from({ length: 9 }, () => image(400))],
    ["long texts beside images", [image(900), text("a".repeat(9_000)), image(900), image(900)]],
    [
      "an embedded resource",
      [{ type: "resource", resource: { uri: "a:b", text: "x".repeat(9_000) } }],
    ],
    ["an embedded blob", [{ type: "resource", resource: { uri: "a:b", blob: "A".repeat(9_000) } }]],
    ["a sound", [{ type: "audio", mimeType: "audio/wav", data: "A".repeat(9_000) }]],
  ])("of %s stays within the limit, and nothing of it is lost", (_, content) => {
    const results = kept();

    const bounded = results.bounded({ content }, "t");

    expect(size(bounded)).toBeLessThanOrEqual(2_000);
    expect(links(bounded).length).toBeGreaterThan(0);
    const whole = [...links(bounded).map(({ uri }) => results.read(uri)), ...bounded.content].map(
      (part) => JSON.stringify(part),
    );
    for (const block of content) {
      const inside =
        block.type === "text"
          ? block.text
          : block.type === "resource"
            ? Object.values(block.resource)[1]
            : (block as { data: string }).data;
      expect(whole.some((part) => part.includes(JSON.stringify(inside).slice(1, -1)))).toBe(true);
    }
  });

  it("is listed while it is kept; the oldest goes, and reading it says so", async () => {
    const results = kept();
    const large = "x".repeat(9 * 1024 * 1024);
    const uris = Array.from({ length: 5 }, () => {
      const [link] = links(results.bounded({ content: [text(large)] }, "t"));
      return link?.uri ?? "";
    });

    expect(results.list().map(({ uri }) => uri)).toEqual(uris.slice(2));
    for (const uri of uris.slice(2)) expect(results.read(uri)).toMatchObject({ text: large });
    const read = async (uri: string) => results.read(uri);
    const gone = await failure(read(uris[0] ?? ""));
    expect(gone).toMatchObject({ code: "unknown-resource" });
    expect(gone.message).toContain("not kept any more");
    for (const uri of ["", "h2m://result/x/1", `${uris[4]}0`, uris[0]?.replace(/1$/, "0") ?? ""])
      expect((await failure(read(uri))).message).toContain("There is no result");
  });

  it("that is too large to be kept says so", () => {
    const results = kept();

    const bounded = results.bounded({ content: [text("x".repeat(40 * 1024 * 1024))] }, "t");

    expect(links(bounded)).toEqual([]);
    expect(bounded.content[0]).toMatchObject({
      text: expect.stringContaining("too large to be kept"),
    });
  });
});

describe("a cut", () => {
  it("leaves whole characters at both ends, at every length", () => {
    const whole = "aé€\u{1F980}".repeat(40);
    for (let bytes = 0; bytes < Buffer.byteLength(whole); bytes++) {
      const [head = "", left = "", tail = ""] = cut(whole, bytes, (n) => `|${n}|`).split("|");
      expect(whole.startsWith(head)).toBe(true);
      expect(whole.endsWith(tail)).toBe(true);
      expect(Buffer.byteLength(head + tail) + Number(left)).toBe(Buffer.byteLength(whole));
      expect(Buffer.byteLength(head + tail)).toBeLessThanOrEqual(bytes);
    }
  });

  it("gives the long ones the room that the short ones leave", () => {
    expect(shares([10, 20], 30)).toBe(Number.POSITIVE_INFINITY);
    expect(shares([10, 90], 60)).toBe(50);
    expect(shares([90, 10, 90], 110)).toBe(50);
    expect(shares([90, 90], -5)).toBe(0);
    expect(shares([], 0)).toBe(Number.POSITIVE_INFINITY);
  });
});
