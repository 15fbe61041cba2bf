import { describe, expect, it } from "vitest";
import { H2mError } from "../errors.ts";
import type { ApiAdapter } from "../types/api.ts";
import type { Reply, WireEvent } from "../types/turn.ts";
import type { ApiAdapterCase } from "./api-adapter.ts";
import { call, HARD, sampleRequest } from "./api-samples.ts";
import type { Found } from "./wire.ts";

/** What a harness finds in a reply, in every order of its pieces. */
export function describeReplies(adapter: ApiAdapter, options: ApiAdapterCase): void {
  const { wire } = options;
  const { body, params } = sampleRequest(wire);
  const encoder = () => adapter.encoder(adapter.parse(body, params));

  describe("writes a reply", () => {
    /** All that a harness finds in a whole reply, which must be lawful. */
    const read = (events: readonly WireEvent[]): Found[] => {
      options.lawful?.(events);
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
        new Set(
          [...JSON.stringify(events).matchAll(/"(?:id|\w+Id)":"([^"]+)"/g)].map(([, id]) => id),
        );
      const [one, two] = [encoder(), encoder()].map(({ begin, end }) =>
        idsIn([...begin(), ...end({ type: "text", text: "x" })]),
      );

      expect(one?.size).toBeGreaterThan(0);
      expect([...(one ?? [])].filter((id) => two?.has(id))).toEqual([]);
    });
  });
}
