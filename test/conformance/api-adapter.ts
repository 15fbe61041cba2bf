import { describe, expect, it } from "vitest";
import {
  type ApiAdapter,
  H2mError,
  type Reply,
  type Turn,
  type WireEvent,
} from "../../src/plugin.ts";
import { FORGED, PIXEL } from "../helpers/fake-tools.mjs";
import { type Found, type Wire, type WireCall, type WireTool } from "../helpers/wire.mjs";

export interface ApiAdapterCase {
  /** How a harness writes and reads this API, independent of the adapter. */
  readonly wire: Wire;
  /** What a strict reader demands of a whole stream, beside what the wire's own reader needs. */
  lawful(events: readonly WireEvent[]): void;
  /** The wire tells failed results from others. @default false */
  readonly errorFlag?: boolean;
  /** The adapter's name for a tool that only the vendor can run. */
  readonly hosted?: string;
}

const TOOLS: WireTool[] = [
  {
    name: "first",
    description: "Does a thing.",
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      properties: {
        text: { $ref: "#/$defs/word" },
        deep: { type: "array", items: { type: "null" } },
      },
      required: ["text"],
      additionalProperties: false,
      $defs: { word: { type: "string", minLength: 1 } },
    },
  },
  { name: "second", schema: { type: "object", properties: {} } },
];

/** Arguments that are hard to carry. */
const HARD = {
  text: 'a "quoted" \\ line\n\r\ttab \u2028 \u0000 \u{1F980}',
  nested: { list: [1, null, [], {}], "": false, constructor: "x" },
  number: -1.5e-7,
};

/** What every API adapter must do, whatever its wire looks like. */
export function describeApiAdapter(adapter: ApiAdapter, options: ApiAdapterCase): void {
  const { wire } = options;
  const history = [{ user: "Begin." }];
  const body = (more: Partial<Parameters<Wire["request"]>[0]> = {}) =>
    wire.request({ history, tools: TOOLS, system: "Be useful.", ...more });
  const turnOf = (more: Parameters<typeof body>[0] = {}): Turn => adapter.parse(body(more));
  const encoder = () => adapter.encoder(turnOf());
  const call = (id: string, args: Record<string, unknown> = HARD, name = "first") => ({
    id,
    name,
    arguments: args,
  });

  describe(`the API adapter ${adapter.name}`, () => {
    describe("reads a request", () => {
      it("with its model, its tools as they are, its prompts, and its body for the encoder", () => {
        const request = body({ model: "some-model" });

        const turn = adapter.parse(request);

        expect(turn).toMatchObject({ api: adapter.name, model: "some-model", stream: true });
        expect(turn.raw).toBe(request);
        expect(turn.tools).toEqual([
          { name: "first", description: "Does a thing.", inputSchema: TOOLS[0]?.schema },
          { name: "second", inputSchema: TOOLS[1]?.schema },
        ]);
        expect(turn.prompts.map(({ text }) => text)).toEqual(["Be useful.", "Begin."]);
        expect(turn.immediate).toBeUndefined();
        expect(turnOf().id).not.toBe(turn.id);
      });

      it("that wants no stream", () => {
        const { stream: _, ...rest } = body();

        expect(turnOf({ stream: false }).stream).toBe(false);
        expect(adapter.parse(rest).stream).toBe(false);
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
          ...history,
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
          call: call(id) as WireCall,
          result: { content: [{ type: "text", text }] },
        }));
        const turn = turnOf({
          history: [
            ...history,
            { calls: results.slice(0, 2).map((each) => each.call) },
            { results: results.slice(0, 2) },
            { calls: results.slice(2).map((each) => each.call) },
            { results: results.slice(2).toReversed() },
          ],
        });

        const found = Object.fromEntries(
          turn.results.map(({ callId, result }) => [callId, result]),
        );

        expect(found).toEqual(
          Object.fromEntries(results.map((each) => [each.call.id, each.result])),
        );
      });

      it("with images in a result as image blocks", () => {
        const content = [
          { type: "text", text: "seen" },
          { type: "image", mimeType: "image/png", data: PIXEL },
        ];

        const { results } = turnOf({
          history: [
            ...history,
            { calls: [call("a") as WireCall] },
            { results: [{ call: call("a") as WireCall, result: { content } }] },
          ],
        });

        expect(results).toEqual([{ callId: "a", result: { content } }]);
      });

      if (options.errorFlag)
        it("with the error flag of a result", () => {
          const failed = { content: [{ type: "text", text: "no" }], isError: true };

          const { results } = turnOf({
            history: [
              ...history,
              { calls: [call("a") as WireCall] },
              { results: [{ call: call("a") as WireCall, result: failed }] },
            ],
          });

          expect(results[0]?.result).toEqual(failed);
        });

      it("only if it is one: everything else is a bad request", () => {
        const { messages: _, input: __, ...rest } = body();
        const [key = ""] = ["messages", "input"].filter((name) => name in body());
        const bodies = [
          undefined,
          null,
          0,
          "x",
          [],
          {},
          rest,
          { ...rest, [key]: 1 },
          { ...body(), model: 1 },
        ];

        for (const bad of [...bodies, { ...body(), tools: "all" }, { ...body(), [key]: [1] }]) {
          let error: unknown;
          try {
            adapter.parse(bad);
          } catch (caught) {
            error = caught;
          }
          expect(error, JSON.stringify(bad)).toBeInstanceOf(H2mError);
          expect((error as H2mError).code).toBe("bad-request");
        }
      });
    });

    describe("writes a reply", () => {
      /** All that a harness finds in a whole reply, which must be lawful. */
      const read = (events: readonly WireEvent[]): Found[] => {
        options.lawful(events);
        const reader = wire.reader();
        const found = events.flatMap((event) => reader(asSse(event)).found);
        expect(found.filter(({ type }) => type === "end").length).toBe(1);
        expect(found.at(-1)?.type).toBe("end");
        return found;
      };
      const asSse = ({ event, data }: WireEvent) => {
        const text = typeof data === "string" ? data : JSON.stringify(data);
        // A line end would break the event in two.
        expect(text).not.toMatch(/[\r\n]/);
        return { event, data: text };
      };
      const callsIn = (found: readonly Found[]) =>
        found.flatMap((each) => (each.type === "call" ? [each.call] : []));

      it("in any order of heartbeats and calls", () => {
        const orders = ["c", "hc", "ch", "hhchcch", "cc", "hchhc", "ccc"];

        for (const order of orders) {
          const { begin, heartbeat, calls, end } = encoder();
          let count = 0;
          const events = [
            ...begin(),
            ...order
              .split("")
              .flatMap((what) =>
                what === "h"
                  ? heartbeat()
                  : calls([call(`${order}-${count++}`), call(`${order}-${count++}`)]),
              ),
            ...end(),
          ];

          const found = callsIn(read(events));

          expect(found.map(({ id }) => id)).toEqual(
            Array.from({ length: count }, (_, index) => `${order}-${index}`),
          );
          for (const each of found) expect(each).toMatchObject({ name: "first", arguments: HARD });
        }
      });

      it("whose calls can be run before it ends", () => {
        const { begin, calls, end } = encoder();
        const reader = wire.reader();
        const early = [...begin(), ...calls([call("one")])].flatMap(
          (event) => reader(asSse(event)).found,
        );

        expect(callsIn(early).map(({ id }) => id)).toEqual(["one"]);
        expect(early.some(({ type }) => type === "end")).toBe(false);
        const later = calls([call("two", {})]).flatMap((event) => reader(asSse(event)).found);
        expect(callsIn(later)).toMatchObject([{ id: "two", arguments: {} }]);
        end();
      });

      it("with heartbeats that the harness counts and that leave nothing behind", () => {
        const { begin, heartbeat, end } = encoder();
        const reader = wire.reader();
        for (const event of begin()) reader(asSse(event));

        for (let round = 0; round < 5; round++) {
          const beats = heartbeat().map((event) => reader(asSse(event)));
          expect(beats.some(({ counted }) => counted)).toBe(true);
          expect(beats.flatMap(({ found }) => found)).toEqual([]);
        }
        const last = end({ type: "text", text: "" }).flatMap((event) => reader(asSse(event)).found);
        expect(last).toMatchObject([{ type: "end", text: "" }]);
      });

      it("of a text", () => {
        for (const text of ["Hello.", "two\nlines \u2028 \u{1F980}", "x".repeat(100_000)]) {
          const { begin, heartbeat, end } = encoder();
          const events = [...begin(), ...heartbeat(), ...end({ type: "text", text })];

          expect(read(events)).toMatchObject([{ type: "end", text }]);
        }
      });

      it("of calls and then a text", () => {
        const { begin, calls, end } = encoder();

        const found = read([
          ...begin(),
          ...calls([call("a")]),
          ...end({ type: "text", text: "Bye." }),
        ]);

        expect(callsIn(found).length).toBe(1);
        expect(found.at(-1)).toMatchObject({ text: "Bye." });
      });

      it("of an error, with what to do", () => {
        const error = new H2mError("closed", "The session has ended.", { hint: "Begin another." });
        const { begin, end } = encoder();
        const reader = wire.reader();

        const found = [...begin(), ...end({ type: "error", error })].flatMap(
          (event) => reader(asSse(event)).found,
        );

        expect(found.at(-1)).toMatchObject({ error: expect.stringContaining("Begin another.") });
        expect(JSON.stringify(adapter.error(error))).toContain(
          "The session has ended. Begin another.",
        );
      });

      it("of one piece that says the same as the stream", () => {
        const replies: Reply[] = [
          { type: "calls", calls: [call("a"), call("b", {}, "second")] },
          { type: "text", text: "Hello." },
        ];

        for (const reply of replies) {
          const { begin, calls, end } = encoder();
          const found = read(
            reply.type === "calls"
              ? [...begin(), ...calls(reply.calls), ...end()]
              : [...begin(), ...end(reply.type === "text" ? reply : undefined)],
          );
          const whole = wire.whole(JSON.parse(JSON.stringify(encoder().json(reply))));

          expect(whole.calls).toEqual(callsIn(found));
          expect(whole.text).toBe(
            found.at(-1)?.type === "end" ? (found.at(-1) as { text: string }).text : "",
          );
        }
      });

      it("that shares no id with another", () => {
        const idsIn = (events: readonly WireEvent[]) =>
          new Set([...JSON.stringify(events).matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id));
        const [one, two] = [encoder(), encoder()].map(({ begin, end }) =>
          idsIn([...begin(), ...end({ type: "text", text: "x" })]),
        );

        expect(one?.size).toBeGreaterThan(0);
        expect([...(one ?? [])].filter((id) => two?.has(id))).toEqual([]);
      });
    });
  });
}
