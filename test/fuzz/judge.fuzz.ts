import { describe, expect, it } from "vitest";
import { faultOf } from "./judge.ts";
import { mutated } from "./mutate.ts";
import { Random } from "./random.ts";

const answer = { status: 200, headers: {}, body: "{}" };

describe("the judge of the flood", () => {
  it("finds what no answer may have", () => {
    const bad = [
      { ...answer, status: 500 },
      { ...answer, status: 503 },
      { ...answer, headers: { "Access-Control-Allow-Origin": "*" } },
      { ...answer, headers: { "x-key": "hush" } },
      { ...answer, body: '{"key":"hush"}' },
      { ...answer, body: '{"error":{"data":{"code":"internal"}}}' },
      { ...answer, body: JSON.stringify({ text: "a\ud83d" }) },
      { ...answer, body: JSON.stringify({ text: "\\\ud83d" }) },
      { ...answer, body: "Cannot read properties of undefined (reading 'x')" },
    ];

    const faults = bad.map((each) => faultOf(each, ["hush"]));

    expect(faults).not.toContain(undefined);
  });

  it("lets lawful answers pass", () => {
    const full = "64 sessions are open, all of them in use, and no more are allowed.";
    const spelled = JSON.stringify({ text: "\\ud83d 😀" });
    const good = [
      answer,
      { ...answer, status: 404 },
      { ...answer, status: 503, body: full },
      { ...answer, body: spelled },
    ];

    const faults = good.map((each) => faultOf(each, ["hush"]));

    expect(faults).toEqual([undefined, undefined, undefined, undefined]);
  });
});

describe("the chance of the flood", () => {
  it("makes the same message of the same seed, and others of others", () => {
    const message = (index: number) =>
      mutated({ a: [1, { b: "c" }], d: {} }, Random.of(7, "door", index), 3);
    const messages = Array.from({ length: 50 }, (_, index) => message(index));

    expect(messages.map((_, index) => message(index))).toEqual(messages);
    expect(new Set(messages).size).toBeGreaterThan(25);
  });
});
