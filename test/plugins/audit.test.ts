import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Recorder } from "../../src/kit/recorder.ts";
import { REDACT } from "../../src/config/schema/defaults.ts";
import { resolveConfig } from "../../src/config.ts";
import type { H2mConfig } from "../../src/index.ts";
import { emptyFolder } from "../helpers/cli.ts";
import { ERAS } from "../helpers/clients.ts";
import { type FakeOptions, fakePlugin } from "../../src/testing.ts";
import { ATTACH_KEY, connected, serve, serveFake, TOKEN } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await emptyFolder();
  file = join(folder, "audit.jsonl");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Line = Record<string, unknown>;

async function lines(): Promise<Line[]> {
  const text = await readFile(file, "utf8");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

function serveAudited(config: H2mConfig = {}, options: FakeOptions = {}) {
  return serveFake({ driver: true, ...options }, { audit: { file }, ...config });
}

describe.each(ERAS)("the audit of the calls of a client of %s", (era) => {
  it("has a line for each, with what ran, in the order of their ends", async () => {
    const h2m = await serveAudited({ tools: { rename: { echo: "say" } } });
    const client = await connected(h2m, "/fake/one", era);
    const before = Date.now();

    const slow = client.text("slow", { ms: 1_500, text: "late" });
    await client.text("say", { text: "é" });
    await client.call("fail", { text: "no" });
    await slow;

    const [first, second, third, ...more] = await lines();
    expect(more).toEqual([]);
    expect(first).toEqual({
      time: expect.any(String),
      call: expect.stringMatching(/^h2m_/),
      session: h2m.sessions.list()[0]?.id,
      name: "one",
      harness: "fake",
      tool: "say",
      own: "echo",
      arguments: { text: "é" },
      outcome: "ok",
      ms: expect.any(Number),
      bytes: 2,
    });
    expect(second).toMatchObject({ tool: "fail", outcome: "error", bytes: 2 });
    expect(second).not.toHaveProperty("own");
    expect(second).not.toHaveProperty("reason");
    expect(third).toMatchObject({ tool: "slow", outcome: "ok", bytes: 4 });
    expect(Number(third?.["ms"])).toBeGreaterThanOrEqual(1_500);
    for (const { time } of [first!, second!, third!]) {
      const at = Date.parse(String(time));
      expect(at).toBeGreaterThanOrEqual(before - 1_000);
      expect(at).toBeLessThanOrEqual(Date.now());
    }
  });

  it("has a line for each that never reached the harness, with the reason", async () => {
    const tools = { exclude: ["pid"], confirm: ["cwd"], limits: { perMinute: 1 } };
    const h2m = await serveAudited({ tools });
    const client = await connected(h2m, "/fake/one", era);

    await failure(client.call("ecko", { text: "x" }));
    await failure(client.call("pid"));
    await client.call("echo", { txt: "x" });
    await client.call("cwd");
    await client.call("echo", { text: "x" });

    expect(await lines()).toMatchObject([
      { tool: "ecko", outcome: "refused", code: "unknown-tool", arguments: { text: "x" } },
      { tool: "pid", outcome: "refused", code: "unknown-tool" },
      { tool: "echo", outcome: "refused", reason: expect.stringContaining("`text` is missing") },
      { tool: "cwd", outcome: "refused", reason: expect.stringContaining("cannot ask") },
      { tool: "echo", outcome: "refused", reason: expect.stringContaining("Wait") },
    ]);
  });
});

it("names a renamed tool as the harness does, also where its call is refused", async () => {
  const h2m = await serveAudited({
    tools: {
      rename: { echo: "say", cwd: "where", slow: "wait" },
      prefix: "x.",
      confirm: ["cwd"],
      args: { slow: { pin: { ms: 1 } } },
    },
  });
  const client = await connected(h2m, "/fake/one");

  await client.call("x_say", { txt: "wrong" });
  await client.call("x_where");
  await client.call("x_wait", { ms: 2, text: "pinned" });
  await failure(client.call("echo", { text: "not its name here" }));

  expect(await lines()).toMatchObject([
    { tool: "x_say", own: "echo", outcome: "refused" },
    { tool: "x_where", own: "cwd", outcome: "refused" },
    { tool: "x_wait", own: "slow", outcome: "refused" },
    { tool: "echo", outcome: "refused", code: "unknown-tool" },
  ]);
  expect((await lines())[3]).not.toHaveProperty("own");
});

describe("the audit", () => {
  it.each<[string, FakeOptions, [string, object], object]>([
    ["a time-out", {}, ["stuck", {}], { outcome: "timeout", code: "timeout" }],
    ["an unknown outcome", {}, ["die", { code: 3 }], { outcome: "unknown" }],
    ["a harness that does not start", { exit: { code: 4 } }, ["pid", {}], { outcome: "failed" }],
  ])("tells of %s", async (_, options, [name, args], expected) => {
    const h2m = await serveAudited({ timeouts: { call: 3_000 } }, options);

    const session = h2m.sessions.open({});
    // Its start is no part of what is told, where it starts at all.
    await session.tools().catch(() => {});
    await failure(session.call(name, args as Record<string, unknown>));

    expect(await lines()).toMatchObject([{ ...expected, reason: expect.any(String), bytes: 0 }]);
  });

  it("tells of calls that found no harness: of a name that none has, and before one is attached", async () => {
    const two = ["one", "two"].map((name) => fakePlugin({ name, driver: true }));
    const union = await serve({ harnesses: ["one", "two"], plugins: two, audit: { file } });
    await failure((await connected(union)).call("echo", { text: "x" }));
    const none = await serve({ timeouts: { connect: 100 }, audit: { file } });
    await failure((await connected(none)).call("pid"));

    expect(await lines()).toMatchObject([
      { harness: "one, two", tool: "echo", outcome: "refused", arguments: { text: "x" } },
      { harness: "attached harness", tool: "pid", outcome: "failed", code: "no-harness" },
    ]);
  });

  it("tells of a call that the client cancelled, and of one that the end of the server cut off", async () => {
    const h2m = await serveAudited();
    const session = h2m.sessions.open({});
    await session.tools();
    const signal = AbortSignal.timeout(200);
    await failure(session.call("slow", { ms: 60_000, text: "x" }, { signal }));
    const cut = failure(session.call("slow", { ms: 60_000, text: "y" }));

    await h2m.close();
    await cut;

    expect(await lines()).toMatchObject([
      { outcome: "cancelled", arguments: { text: "x" } },
      { outcome: "failed", code: "closed", arguments: { text: "y" } },
    ]);
  });

  it("has the arguments that went out, and each of the calls that a mapper made of one", async () => {
    const map = [
      {
        name: "twice",
        call: async (call: { name: string }, next: (call: never) => Promise<never>) => {
          await next({ name: "echo", arguments: { text: "first" } } as never);
          return next({ name: call.name, arguments: { text: "second" } } as never);
        },
      },
    ];
    const h2m = await serveAudited({ tools: { map } });

    await h2m.sessions.open({}).call("fail", { text: "given" });

    expect(await lines()).toMatchObject([
      {
        tool: "fail",
        own: "echo",
        arguments: { text: "first" },
        more: [{ own: "fail", arguments: { text: "second" } }],
      },
    ]);
  });

  it("hides values by the globs of their keys, and our own secrets wherever they stand", async () => {
    const h2m = await serveAudited({ audit: { file, redact: ["*pass*", "text"] } });
    const client = await connected(h2m);
    await client.call("echo", { text: "hidden" });
    await client.call("env", { name: `${TOKEN} ${ATTACH_KEY} h2mhost_abc` });

    const text = await readFile(file, "utf8");

    expect((await lines())[0]).toMatchObject({ arguments: { text: "[redacted]" } });
    expect((await lines())[1]).toMatchObject({ arguments: { name: "*** *** h2mhost_***" } });
    for (const secret of ["hidden", TOKEN, ATTACH_KEY, "h2mhost_abc"])
      expect(text).not.toContain(secret);
  });

  it("is of its user alone, and is appended to", async () => {
    await writeFile(file, '{"older":1}\n');
    const first = await serveAudited();
    await first.sessions.open({}).call("pid", {});
    await first.close();
    expect((await lines()).map(({ tool, older }) => tool ?? older)).toEqual([1, "pid"]);
    await rm(file);

    const second = await serveAudited();
    await second.sessions.open({}).call("pid", {});

    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("goes on in a new file when its file is moved away", async () => {
    const h2m = await serveAudited();
    const session = h2m.sessions.open({});
    await session.call("pid", {});

    await rename(file, `${file}.1`);
    await session.call("cwd", {});

    expect(await lines()).toMatchObject([{ tool: "cwd" }]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("warns once if it cannot be written, fails no call, and tells what is missing", async () => {
    const h2m = await serveAudited();
    const warnings: string[] = [];
    h2m.on("warning", ({ message }) => void warnings.push(message));
    const session = h2m.sessions.open({});
    await session.tools();
    // As root, permissions hold nobody back: a folder in the file's place does.
    await rm(file);
    await mkdir(file);

    for (const text of ["a", "b"])
      expect(await session.call("echo", { text })).toMatchObject({ content: [{ text }] });
    await rm(file, { recursive: true });
    await session.call("pid", {});

    expect(warnings).toEqual([expect.stringMatching(/audit cannot be written.*no regular file/)]);
    expect(await lines()).toMatchObject([{ lost: 2 }, { tool: "pid" }]);
  });

  it("that cannot be written at the start ends it, with the file's name", async () => {
    const error = await failure(serveAudited({ audit: { file: join(folder, "no/such/file") } }));

    expect(error.code).toBe("bad-config");
    expect(error.message).toMatch(/`audit`.*no\/such\/file/);
  });

  it("is off unless it is asked for", async () => {
    const h2m = await serveFake({ driver: true });
    await h2m.sessions.open({}).call("pid", {});

    await failure(stat(file));
    expect(resolveConfig({}).audit).toBe(false);
    expect(resolveConfig({ audit: false }).audit).toBe(false);
    expect(resolveConfig({ audit: { file: "a" } }, folder).audit).toEqual({
      file: join(folder, "a"),
      redact: REDACT,
    });
  });

  it("is whole when many calls end at once", async () => {
    const h2m = await serveAudited();
    const client = await connected(h2m);

    await Promise.all(
      Array.from({ length: 40 }, (_, index) => client.text("echo", { text: `${index}` })),
    );
    await until("all lines", async () => (await lines()).length === 40);
  });
});

describe("what is written of arguments", () => {
  const recorder = (redact: readonly string[] = REDACT, secret?: string) =>
    new Recorder({ redact, secrets: { secret } });

  it("hides the value of a key with ends of lines, and of one that is too long to be looked at", () => {
    const from = performance.now();
    const written = recorder(["*token*", "*a*a*a*a*b"]).value({
      "my\ntoken": "x",
      TOKEN: "x",
      plain: "y",
      [`${"a".repeat(2_000)}!`]: "x",
    });

    expect(performance.now() - from).toBeLessThan(2_000);
    expect(Object.values(written as object)).toEqual([
      "[redacted]",
      "[redacted]",
      "y",
      "[redacted]",
    ]);
    const all = recorder([]).value({ ["k".repeat(300)]: "x" });
    expect(Object.values(all as object)).toEqual(["x"]);
  });

  it.each<[unknown, unknown]>([
    [
      { Password: 1, dbPASSWORD: { a: 1 } },
      { Password: "[redacted]", dbPASSWORD: "[redacted]" },
    ],
    [
      { a: [{ b: { api_key: "x", apiKey: "y" } }] },
      { a: [{ b: { api_key: "[redacted]", apiKey: "[redacted]" } }] },
    ],
    [
      { ".token": 1, "x/token/y": 2, "-token": 3 },
      { ".token": "[redacted]", "x/token/y": "[redacted]", "-token": "[redacted]" },
    ],
    [
      { Authorization: "Bearer x", authorizations: 1 },
      { Authorization: "[redacted]", authorizations: 1 },
    ],
    [
      { a: null, b: true, c: 1.5, d: "e" },
      { a: null, b: true, c: 1.5, d: "e" },
    ],
    [JSON.parse('{"__proto__":{"secret":1}}'), JSON.parse('{"__proto__":{"secret":"[redacted]"}}')],
    [
      { a: Symbol("x"), b: undefined },
      { a: "Symbol(x)", b: "undefined" },
    ],
  ])("%j is %j", (given, expected) => {
    expect(recorder().value(given)).toEqual(expected);
  });

  it("is everything without globs", () => {
    expect(recorder([]).value({ password: "x" })).toEqual({ password: "x" });
  });

  it("has no secret of ours in it, in no key and across no cut", () => {
    const secret = 'quo"ted\\secret';
    for (let at = 1_980; at < 2_020; at++) {
      const given = { [secret]: "x".repeat(at) + secret + "x".repeat(9_000) };
      const written = JSON.stringify(recorder([], secret).value(given));
      expect(written).not.toContain("secret");
      expect(written).not.toContain("quo");
    }
  });

  it.each<[string, unknown]>([
    ["a long text", { a: "x".repeat(20_000_000) }],
    ["many texts", { a: Array.from({ length: 10_000 }, () => "x".repeat(1_000)) }],
    ["many keys", Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`key${n}`, n]))],
    ["many numbers", { a: Array.from({ length: 1_000_000 }, (_, n) => n) }],
    ["long keys", { ["k".repeat(1_000_000)]: 1 }],
    ["a deep list", JSON.parse(`${"[".repeat(5_000)}${"]".repeat(5_000)}`)],
  ])("is bounded: %s", (_, given) => {
    const written = JSON.stringify(recorder().value(given));

    expect(written.length).toBeLessThan(150_000);
    expect(written).toMatch(/characters left out|more|too deep/);
  });
});
