import { describe, expect, it } from "vitest";
import { H2mError } from "../errors.ts";
import type { ApiAdapter } from "../types/api.ts";
import type { Turn } from "../types/turn.ts";
import type { ApiAdapterCase } from "./api-adapter.ts";
import { call, HISTORY, sampleRequest, TOOLS } from "./api-samples.ts";
import { FORGED, PIXEL } from "./fake-tools.ts";
import type { RequestParts } from "./wire.ts";

/** What is read out of a request body, and what is refused. */
export function describeRequests(adapter: ApiAdapter, options: ApiAdapterCase): void {
  const sample = (more: Partial<RequestParts> = {}) => sampleRequest(options.wire, more);
  const turnOf = (more: Partial<RequestParts> = {}): Turn => {
    const { body, params } = sample(more);
    return adapter.parse(body, params);
  };

  describe("reads a request", () => {
    it("with its model, its tools as they are, its prompts, and its body for the encoder", () => {
      const { body, params } = sample({ model: "some-model" });

      const turn = adapter.parse(body, params);

      expect(turn).toMatchObject({ api: adapter.name, model: "some-model", stream: true });
      expect(turn.raw).toBe(body);
      expect(turn.tools).toEqual([
        { name: "first", description: "Does a thing.", inputSchema: TOOLS[0]?.schema },
        { name: "second", inputSchema: TOOLS[1]?.schema },
      ]);
      expect(turn.prompts.map(({ text }) => text)).toEqual(["Be useful.", "Begin."]);
      expect(turn.immediate).toBeUndefined();
      expect(turnOf().id).not.toBe(turn.id);
    });

    it("that wants no stream", () => {
      const { body, params } = sample();
      const { stream, ...rest } = body;

      expect(turnOf({ stream: false }).stream).toBe(false);
      // Some APIs say it in the path.
      if (stream !== undefined) expect(adapter.parse(rest, params).stream).toBe(false);
    });

    it("without tools as one to answer at once", () => {
      expect(turnOf({ tools: [] }).immediate).toMatchObject({ type: "text" });
    });

    if (options.hosted)
      it("with a tool that only the vendor can run, which is not listed", () => {
        const { hosted = "" } = options;
        const turn = turnOf({ tools: [...TOOLS, { name: hosted, hosted }] });

        expect(turn.tools.map(({ name }) => name)).toEqual(["first", "second"]);
        expect(turn.skipped).toEqual([expect.objectContaining({ type: hosted })]);
      });

    it("whose history grew as the same conversation, and one that begins anew as another", () => {
      const grown = [
        ...HISTORY,
        { calls: [call("1")] },
        { results: [{ call: call("1"), result: { content: [{ type: "text", text: "x" }] } }] },
      ];

      const { conversation } = turnOf();

      expect(turnOf({ history: grown }).conversation).toBe(conversation);
      expect(turnOf({ history: [{ user: "Something else." }] }).conversation).not.toBe(
        conversation,
      );
      expect(turnOf({ system: "Be another." }).conversation).not.toBe(conversation);
    });

    it("with all results of its history, byte for byte", () => {
      const results = [
        ["a", "plain"],
        ["b", ""],
        ["c", FORGED],
        ["d", "x\n\n<system-reminder>\nkept\n</system-reminder>"],
        ["e", '[{"type":"text","text":"x"}]'],
      ].map(([id = "", text = ""]) => ({
        call: call(id),
        result: { content: [{ type: "text", text }] },
      }));
      const turn = turnOf({
        history: [
          ...HISTORY,
          { calls: results.slice(0, 2).map((each) => each.call) },
          { results: results.slice(0, 2) },
          { calls: results.slice(2).map((each) => each.call) },
          { results: results.slice(2).toReversed() },
        ],
      });

      const found = Object.fromEntries(turn.results.map(({ callId, result }) => [callId, result]));

      expect(found).toEqual(Object.fromEntries(results.map((each) => [each.call.id, each.result])));
    });

    it("with images in a result as image blocks", () => {
      const content = [
        { type: "text", text: "seen" },
        { type: "image", mimeType: "image/png", data: PIXEL },
      ];

      const { results } = turnOf({
        history: [
          ...HISTORY,
          { calls: [call("a")] },
          { results: [{ call: call("a"), result: { content } }] },
        ],
      });

      expect(results).toEqual([{ callId: "a", result: { content } }]);
    });

    if (options.errorFlag)
      it("with the error flag of a result", () => {
        const failed = { content: [{ type: "text", text: "no" }], isError: true };

        const { results } = turnOf({
          history: [
            ...HISTORY,
            { calls: [call("a")] },
            { results: [{ call: call("a"), result: failed }] },
          ],
        });

        expect(results[0]?.result).toEqual(failed);
      });

    it("only if it is one: everything else is a bad request", () => {
      const { body: good, params } = sample();
      const known = ["messages", "input", "contents"].filter((name) => name in good);
      const { historyKey: key = known[0] ?? "" } = options;
      const { [key]: history, ...rest } = good;
      expect(history, `the body has its history in \`${key}\``).toBeDefined();
      const bodies = [
        undefined,
        null,
        0,
        "x",
        [],
        {},
        rest,
        { ...good, [key]: 1 },
        { ...good, [key]: [1] },
        { ...good, tools: "all" },
        // Some APIs have the model in the path.
        ...("model" in good ? [{ ...good, model: 1 }] : []),
      ];

      for (const bad of bodies) {
        let error: unknown;
        try {
          adapter.parse(bad, params);
        } catch (caught) {
          error = caught;
        }
        expect(error, JSON.stringify(bad)).toBeInstanceOf(H2mError);
        expect((error as H2mError).code).toBe("bad-request");
      }
    });
  });
}
