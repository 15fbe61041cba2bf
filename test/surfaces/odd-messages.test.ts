import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { H2m } from "../../src/index.ts";
import { StdioLines } from "../../src/surfaces/stdio-lines.ts";
import { mcpStdio } from "../../src/surfaces/mcp-stdio.ts";
import { fakePlugin } from "../../src/testing.ts";
import { atEnd, serve, TOKEN } from "../helpers/server.ts";
import { until } from "../helpers/until.ts";

const VERSION = "2025-06-18";
const message = (more: object) => ({ jsonrpc: "2.0", ...more });
const ask = (id: unknown, more: object = {}) => message({ id, method: "ping", ...more });
const clientInfo = { name: "odd", version: "1" };
const INITIALIZE = message({
  id: "first",
  method: "initialize",
  params: { protocolVersion: VERSION, capabilities: {}, clientInfo },
});

interface Answer {
  readonly id?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/** What is sent, as it is, and the answers: [id, code], without a code where it was served. */
const ROWS: readonly (readonly [
  what: string,
  sent: unknown,
  answers: unknown[][],
  says?: RegExp,
])[] = [
  ["`params: null`", ask(1, { params: null }), [[1, -32600]], /`params` must be an object/],
  ["`params: []`", ask(1, { params: [] }), [[1, -32600]], /`params`/],
  ["`_meta: null`", ask(1, { params: { _meta: null } }), [[1, -32600]], /`_meta` must be/],
  [
    "`progressToken: null`",
    ask(1, { params: { _meta: { progressToken: null } } }),
    [[1, -32600]],
    /`progressToken` is a text/,
  ],
  ["another version", { jsonrpc: "1.0", id: "a", method: "ping" }, [["a", -32600]], /`jsonrpc`/],
  ["no version", { id: 1, method: "ping" }, [[1, -32600]], /`jsonrpc`/],
  ["more than a request", ask(1, { extra: 1 }), [[1, -32600]]],
  ["a request and an answer", ask(1, { result: {} }), [[1, -32600]]],
  ["no method", message({ id: 1 }), [[null, -32600]], /no `method`/],
  ["a method that is none", message({ id: 1, method: 5 }), [[null, -32600]], /`method` is a text/],
  ["the id null", ask(null), [[null, -32600]], /an `id` is/],
  ["an id that is an object", ask({}), [[null, -32600]], /an `id` is/],
  ["an id that is true", ask(true), [[null, -32600]], /an `id` is/],
  ["an id with a fraction", ask(1.5), [[1.5, -32600]], /an `id` is/],
  ["an id that is too large", ask(2 ** 60), [[2 ** 60, -32600]], /an `id` is/],
  ["half an answer", message({ id: 1, result: null }), [[null, -32600]]],
  ["a text", '"ping"', [[null, -32600]], /is an object/],
  ["null", "null", [[null, -32600]], /is an object/],
  ["broken JSON", '{"jsonrpc":"2.0","id":1,', [[null, -32700]], /is not JSON/],
  ["no JSON", "ping", [[null, -32700]], /is not JSON/],
  ["a batch", [ask(1), ask(2)], [[1], [2]]],
  ["a batch without a message", [], [[null, -32600]], /a batch has/],
  ["a batch with something else", [ask(1), ask(2, { params: null })], [[2, -32600]], /not taken/],
  [
    "a batch of 101",
    Array.from({ length: 101 }, () => ask(1)),
    [[null, -32600]],
    /100 messages at/,
  ],
  [
    "a batch of many that are none",
    `[${"1,".repeat(150_000)}1]`,
    [[null, -32600]],
    /100 messages at/,
  ],
  [
    "as many keys as fit",
    ask(1, Object.fromEntries(Array.from({ length: 90_000 }, (_, key) => [`k${key}`, key]))),
    [[1, -32600]],
    /it has more in it than one/,
  ],
  [
    "more values than are read",
    ask(1, { params: { x: Array.from({ length: 200_001 }, () => 1) } }),
    [[1, -32600]],
    /more than 200,000 values/,
  ],
  [
    "as deep as it is long",
    `{"jsonrpc":"2.0","id":"d","method":"ping","params":{"x":${"[".repeat(1e6)}${"]".repeat(1e6)}}}`,
    [["d", -32600]],
    /more than 200,000 values/,
  ],
  ["an empty id", ask(""), [[""]]],
  ["a byte order mark", `\ufeff${JSON.stringify(ask(1))}`, [[1]]],
];

const textOf = (sent: unknown) => (typeof sent === "string" ? sent : JSON.stringify(sent));
const told = (answers: Answer[]) =>
  answers.map(({ id, error }) => (error ? [id, error.code] : [id]));
const fake = () => serve({ plugins: [fakePlugin()], harnesses: ["fake"] });

/** A client that writes lines. */
function lines(h2m: H2m) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const answers: Answer[] = [];
  const errors: string[] = [];
  let text = "";
  stdout.on("data", (chunk) => {
    const parts = (text + String(chunk)).split("\n");
    text = parts.pop() ?? "";
    answers.push(...parts.map((line) => JSON.parse(line) as Answer));
  });
  const session = h2m.sessions.open({});
  const onError = ({ message: error }: Error) => void errors.push(error);
  const served = mcpStdio({ session, stdin, stdout, version: "1", heartbeat: 60_000, onError });
  atEnd(() => served.close());
  return {
    answers,
    errors,
    ended: served.ended,
    write: (sent: unknown) => void stdin.write(`${textOf(sent)}\n`),
    until: (count: number) => until("the answers", () => answers.length >= count, 10_000),
  };
}

describe("over stdio", () => {
  it("each line that is no message is answered, and the next one is served", async () => {
    const client = lines(await fake());
    client.write(INITIALIZE);
    await client.until(1);

    for (const [what, sent, answers, says] of ROWS) {
      client.answers.length = 0;
      client.write(sent);
      client.write(ask("next"));
      await client.until(answers.length + 1);
      expect([what, told(client.answers)]).toEqual([what, [...answers, ["next"]]]);
      if (says) expect(client.answers[0]?.error?.message).toMatch(says);
    }
    expect(client.errors.length).toBeGreaterThan(10);
  });

  it("a message that is none may be the first one", async () => {
    const client = lines(await fake());

    client.write("hello");
    client.write(INITIALIZE);

    await client.until(2);
    expect(told(client.answers)).toEqual([[null, -32700], ["first"]]);
  });

  it.each([
    [
      "first",
      (text: string) => `{"jsonrpc":"2.0","id":7,"method":"ping","params":{"x":"${text}"}}`,
      7,
    ],
    [
      "last",
      (text: string) => `{"method":"ping","params":{"x":"${text}"},"jsonrpc":"2.0","id":"b"}`,
      "b",
    ],
    ["an answer's", (text: string) => `{"jsonrpc":"2.0","id":7,"result":{"x":"${text}"}}`, null],
    ["in its params", (text: string) => `{"method":"ping","params":{"x":"${text}","id":5}}`, null],
  ])("a line that is too long is refused, by its id where that stands %s", async (_, line, id) => {
    const stdin = new PassThrough();
    const stdout = new PassThrough();
    const served = new StdioLines(stdin, stdout, 2 ** 20);
    const heard: unknown[] = [];
    served.onmessage = (each) => void heard.push(each);
    await served.start();

    const whole = line("x".repeat(2 ** 21));
    for (let at = 0; at < whole.length; at += 50_000) stdin.write(whole.slice(at, at + 50_000));
    stdin.write(`\n${JSON.stringify(ask("next"))}\n`);
    await until("the next one", () => heard.length > 0);

    expect(heard).toEqual([ask("next")]);
    const answer = JSON.parse(String(stdout.read())) as Answer;
    expect(told([answer])).toEqual([[id, -32600]]);
    expect(answer.error?.message).toContain("more than 1 MB");
    await served.close();
  });
});

describe("over HTTP", () => {
  const post = async (h2m: H2m, sent: unknown, more: Record<string, string>) => {
    const response = await fetch(h2m.mcpUrl, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        ...more,
      },
      body: textOf(sent),
    });
    const text = await response.text();
    const parts = /^data: /m.test(text) ? text.match(/(?<=^data: ).+/gm) : [text];
    const answers = (parts ?? []).filter(Boolean).map((part) => JSON.parse(part) as Answer);
    return { response, answers };
  };

  it("the same is answered, with 400 where it is refused", async () => {
    const h2m = await fake();
    const { response } = await post(h2m, INITIALIZE, {});
    const id = response.headers.get("mcp-session-id") ?? "";
    const headers = { "mcp-session-id": id, "mcp-protocol-version": VERSION };

    for (const [what, sent, answers, says] of ROWS) {
      const { response: got, answers: all } = await post(h2m, sent, headers);
      expect([what, told(all)]).toEqual([what, answers]);
      expect([what, got.status]).toEqual([what, (answers[0]?.length ?? 0) > 1 ? 400 : 200]);
      if (says) expect(all[0]?.error?.message).toMatch(says);
    }
  });

  it("and refused alike without a session, and in the era without sessions", async () => {
    const h2m = await fake();
    const refused = ROWS.filter(([, , answers]) => (answers[0]?.length ?? 0) > 1);

    const eras: Record<string, string>[] = [{}, { "mcp-protocol-version": "2026-07-28" }];
    for (const headers of eras)
      for (const [what, sent, answers] of refused) {
        const { response, answers: all } = await post(h2m, sent, headers);
        expect([what, response.status, told(all)]).toEqual([what, 400, answers]);
      }
    expect(h2m.sessions.list()).toEqual([]);
  });
});
