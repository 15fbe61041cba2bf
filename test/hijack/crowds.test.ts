import { expect, it } from "vitest";
import { raw } from "../helpers/raw.ts";
import { ATTACH_KEY, serve } from "../helpers/server.ts";

const many = (text: string, count = 100_000) => Array.from({ length: count }, () => text).join(",");
const TOOL = '{"name":"a","input_schema":{"type":"object"}}';

/** What a harness sends, and the one fault that it is told. */
const ROWS: readonly (readonly [api: string, body: string, says: RegExp])[] = [
  ["messages", `{"model":"m","messages":[],"tools":[${many("1")}]}`, /tools\[0\]/],
  ["messages", `{"model":"m","messages":[${many("1")}],"tools":[${TOOL}]}`, /messages\[0\]/],
  ["messages", `{"model":"m","messages":[],"tools":[${many('{"name":5}')}]}`, /tools\[0\]\.name/],
  ["responses", `{"model":"m","input":[],"tools":[${many("{}")}]}`, /tools\[0\]\.type/],
  ["responses", `{"model":"m","input":[${many("1")}]}`, /input/],
  ["chat/completions", `{"model":"m","messages":[${many("{}")}]}`, /messages\[0\]\.role/],
  ["chat/completions", `{"model":"m","messages":[],"x":[${many("1", 500_000)}]}`, /500,000 values/],
  ["messages", `{"model":"m","x":${"[".repeat(2e6)}${"]".repeat(2e6)}}`, /500,000 values/],
];

it.each(ROWS)("of a crowd in a body of %s one fault is told", async (api, body, says) => {
  const h2m = await serve();

  const { status, text } = await raw(h2m, `/harness_to_mcp/v1/${api}`, {
    method: "POST",
    headers: {
      host: "127.0.0.1",
      authorization: `Bearer ${ATTACH_KEY}`,
      "content-type": "application/json",
    },
    body,
  });

  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(text).toMatch(says);
  expect(text.length).toBeLessThan(500);
});
