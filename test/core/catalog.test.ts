import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { H2m, H2mConfig, HarnessLauncher, HarnessOptions } from "../../src/index.ts";
import { ERAS } from "../helpers/clients.ts";
import { fakeLauncher, type FakeOptions, fakePlugin } from "../../src/testing.ts";
import { ATTACH_KEY, connected, serve, TOKEN } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

const DRIVEN = { driver: true, headers: true } as const;
/** It never sends its first request: a list can only be a kept one. */
const MUTE = { mute: true } as const;

let cache: string;
let folder: string;
const before = process.env["XDG_CACHE_HOME"];
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "h2m-cache-"));
  folder = join(cache, "h2m", "catalog");
  process.env["XDG_CACHE_HOME"] = cache;
});
afterEach(() => {
  vi.unstubAllEnvs();
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
  rmSync(cache, { recursive: true, force: true });
});

describe("the list of an earlier start", () => {
  it.each(ERAS)("answers before the harness has sent anything (%s)", async (era) => {
    const names = await learned();
    const { h2m } = await start(MUTE);

    const client = await connected(h2m, "", era);

    expect(await client.names()).toEqual(names);
  });

  it("lets the harness boot behind it, and a call waits for that", async () => {
    await learned();
    const { h2m, started } = await start({ ...DRIVEN, delay: 300 });
    const client = await connected(h2m);

    await client.names();
    expect(await client.text("echo", { text: "hello" })).toBe("hello");

    expect(started).toEqual(["fake"]);
    expect(client.changes()).toBe(0);
  });

  it("passes the mappers and has the annotations, as the real one", async () => {
    await learned();
    const { h2m } = await start(MUTE, {
      tools: { include: ["echo"], rename: { echo: "say" } },
    });

    const [tool, ...more] = await h2m.sessions.open({}).tools();

    expect(tool).toMatchObject({ name: "say", annotations: { readOnlyHint: true } });
    expect(more).toEqual([]);
  });

  it("is replaced by the real one where that differs, and the client is told", async () => {
    await learned();
    const { h2m } = await start({ ...DRIVEN, api: "responses", tools: ["patch"], delay: 300 });
    const client = await connected(h2m);
    expect(await client.names()).not.toContain("patch");

    await until("the client was told", () => client.changes() === 1);

    expect(await client.names()).toContain("patch");
    await h2m.close();
    expect(await listed(await start(MUTE))).toContain("patch");
  });

  it("is not used for another version, nor for options that change the list", async () => {
    await learned();

    for (const [fake, options] of [
      [{}, { model: "other" }],
      [{}, { env: { MORE: "1" } }],
      [{}, { args: ["--more"] }],
      [{ version: "1.2.4" }, {}],
    ] as const) {
      const { h2m } = await start({ ...MUTE, ...fake }, { timeouts: { connect: 300 } }, options);
      const error = await failure(h2m.sessions.open({}).tools());
      expect(error.message).toContain("sent no request");
    }
  });

  it("is not used under another environment that the harness is given", async () => {
    await learned();
    vi.stubEnv("ENABLE_SOMETHING", "1");

    const { h2m } = await start(MUTE, { timeouts: { connect: 300 } });

    expect((await failure(h2m.sessions.open({}).tools())).message).toContain("sent no request");
  });

  it("is used from another terminal", async () => {
    const names = await learned();
    for (const name of ["SHLVL", "TERM", "OLDPWD", "COLUMNS", "SSH_CONNECTION"])
      vi.stubEnv(name, "other");

    expect(await listed(await start(MUTE))).toEqual(names);
  });

  it("is used under the user's own settings only where these are known and the same", async () => {
    const user = { settings: "user" } as const;
    let state = 1;
    const known = { listSettings: () => ({ state }) };
    const learning = await start(DRIVEN, {}, user, known);
    const names = await listed(learning);
    await learning.h2m.close();

    expect(await listed(await start(MUTE, {}, user, known))).toEqual(names);
    state = 2;
    for (const launcher of [known, {}]) {
      const { h2m } = await start(MUTE, { timeouts: { connect: 300 } }, user, launcher);
      expect((await failure(h2m.sessions.open({}).tools())).message).toContain("sent no request");
    }
  });

  it("is used in another folder too, and for more warm sessions", async () => {
    const names = await learned();

    const { h2m } = await start(MUTE, {}, { cwd: tmpdir(), host: "own" });

    expect(await listed({ h2m })).toEqual(names);
  });

  it("is not waited with for `instructions: full`", async () => {
    await learned();
    const { h2m } = await start({ ...DRIVEN, delay: 200 }, { instructions: "full" });

    expect(await (await connected(h2m)).text("echo", { text: "x" })).toBe("x");
    expect(await h2m.sessions.open({}).instructions()).toContain("Be a fake.");
  });

  it("is neither read nor kept with `catalog: false`", async () => {
    const off = { catalog: false, timeouts: { connect: 5_000 } };
    await listed(await start(DRIVEN, off));
    expect(await files()).toEqual([]);

    await learned();
    const { h2m } = await start(MUTE, { catalog: false, timeouts: { connect: 300 } });

    expect((await failure(h2m.sessions.open({}).tools())).message).toContain("sent no request");
  });

  it("does not hide for long that the harness does not start: calls say it", async () => {
    await learned();
    const { h2m } = await start({ exit: { code: 7, stderr: "no way" } });
    const client = await connected(h2m);

    expect(await client.names()).toContain("echo");
    expect((await failure(client.text("echo", { text: "x" }))).message).toContain("no way");
  });

  it("does not speak for a harness that is not there", async () => {
    await learned();
    const launcher = { ...fakeLauncher(), detect: () => undefined };
    const h2m = await serve({
      catalog: true,
      harnesses: ["fake"],
      plugins: [{ name: "fake", harnesses: [launcher] }],
    });

    const error = await failure(h2m.sessions.open({}).tools());

    expect(error.message).toContain("The harness `fake` was not found");
  });

  it("does not outlast a program that cannot be found out about", async () => {
    await learned();
    const launcher = { ...fakeLauncher(), detect: () => new Promise<undefined>(() => {}) };
    const h2m = await serve({
      catalog: true,
      harnesses: ["fake"],
      timeouts: { connect: 300, shutdown: 300 },
      plugins: [{ name: "fake", harnesses: [launcher] }],
    });

    const error = await failure(h2m.sessions.open({}).tools());

    expect(error.message).toContain("within 0.3 s");
  });
});

describe("several harnesses", () => {
  it("show what is kept in the way of a later config, and tell of it", async () => {
    const config = {
      catalog: true,
      harnesses: ["uno", "duo"],
      plugins: [fakePlugin({ name: "uno", ...DRIVEN }), fakePlugin({ name: "duo", ...DRIVEN })],
      server: { port: 0, token: TOKEN, attachKey: ATTACH_KEY },
    };
    const h2m = await serve(config);
    const union = h2m.sessions.open({});
    await union.tools();
    for (const session of h2m.sessions.list()) await session.close();
    let told = 0;
    union.on("tools", () => told++);

    await h2m.configure({ ...config, tools: { include: ["echo"] } });

    await until("both are told of", () => told === 2);
    expect((await union.tools()).map(({ name }) => name)).toEqual(["uno_echo", "duo_echo"]);
    expect(h2m.sessions.list()).toEqual([]);
  });

  it("are listed without any process, and tell when one turns out different", async () => {
    const two = (duo: FakeOptions) => ({
      catalog: true,
      harnesses: ["uno", "duo"],
      plugins: [
        {
          name: "two",
          harnesses: [
            fakeLauncher({ name: "uno", ...DRIVEN }),
            fakeLauncher({ name: "duo", ...DRIVEN, ...duo }),
          ],
        },
      ],
    });
    const first = await serve(two({}));
    const names = (await first.sessions.open({}).tools()).map(({ name }) => name);
    await first.close();

    const started: string[] = [];
    const h2m = await serve(two({ api: "responses", tools: ["patch"] }));
    h2m.on("host:start", ({ harness }) => started.push(harness));
    const client = await connected(h2m);
    expect(await client.names()).toEqual(names);
    expect(started).toEqual([]);

    expect(await client.text("uno_echo", { text: "x" })).toBe("x");
    expect(client.changes()).toBe(0);
    expect(await client.text("duo_echo", { text: "x" })).toBe("x");

    await until("the client was told", () => client.changes() === 1);
    expect(await client.names()).toEqual([...names, "duo_patch"]);
    expect(started).toEqual(["uno", "duo"]);
  });
});

describe("the files of the lists", () => {
  it("are the user's alone", async () => {
    await learned();

    const [name = ""] = await files();
    expect(name).toMatch(/^fake-[\da-f]{32}\.json$/);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it("that another user may have written are passed over with a warning, and made anew", async () => {
    const names = await learned();
    const [name = ""] = await files();
    await chmod(join(folder, name), 0o666);

    const { h2m, warnings } = await start(DRIVEN);
    expect(await listed({ h2m })).toEqual(names);
    await h2m.close();

    expect(warnings).toEqual([expect.stringContaining("other users may write")]);
    expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  });

  it.each(["", "{", "[]", '{"format":1,"tools":[{"name":1}],"skipped":[]}', '{"format":0}'])(
    "that are damaged (%j) are passed over with a warning, and made anew",
    async (text) => {
      const names = await learned();
      const [name = ""] = await files();
      const whole = await readFile(join(folder, name), "utf8");
      await writeFile(join(folder, name), text);

      const { h2m, warnings } = await start(DRIVEN);
      expect(await listed({ h2m })).toEqual(names);
      await h2m.close();

      expect(warnings).toEqual([expect.stringContaining("is damaged; it is made anew")]);
      expect(await readFile(join(folder, name), "utf8")).toBe(whole);
    },
  );

  it("that cannot be written are no hindrance", async () => {
    await mkdir(join(cache, "h2m"));
    await writeFile(folder, "a file where a folder should be");

    const { h2m, warnings } = await start(DRIVEN);
    const client = await connected(h2m);

    expect(await client.text("echo", { text: "x" })).toBe("x");
    await until("it is told", () => warnings.length > 0);
    expect(warnings).toEqual([expect.stringContaining("The tool lists cannot be kept in")]);
    await chmod(folder, 0o600);
  });

  it("are at most 64: the oldest go", async () => {
    await learned();
    for (let n = 0; n < 70; n++) {
      const path = join(folder, `old-${n}.json`);
      await writeFile(path, "{}");
      await utimes(path, n, n);
    }
    const kept = (await files()).filter((name) => name.startsWith("fake-"));

    const { h2m } = await start({ ...DRIVEN, version: "9" });
    await listed({ h2m });
    await h2m.close();

    const names = await files();
    expect(names.length).toBe(64);
    expect(names).toEqual(expect.arrayContaining([...kept, "old-69.json"]));
    expect(names).not.toContain("old-0.json");
  });
});

interface Watched {
  readonly h2m: H2m;
  readonly started: string[];
  readonly warnings: string[];
}

/** A server with the catalog and a fake harness of some version. */
async function start(
  { version = "1.2.3", ...fake }: FakeOptions & { version?: string },
  config: H2mConfig = {},
  options: HarnessOptions = {},
  more: Partial<HarnessLauncher> = {},
): Promise<Watched> {
  const started: string[] = [];
  const warnings: string[] = [];
  const launcher = {
    ...fakeLauncher(fake),
    detect: () => ({ command: process.execPath, version }),
    ...more,
  };
  const h2m = await serve({
    catalog: true,
    harnesses: { fake: options },
    ...config,
    plugins: [
      {
        name: "watched",
        harnesses: [launcher],
        setup: ({ on }) => {
          on("host:start", ({ harness }) => started.push(harness));
          on("warning", ({ message }) => warnings.push(message));
        },
      },
    ],
  });
  return { h2m, started, warnings };
}

async function listed({ h2m }: Pick<Watched, "h2m">): Promise<string[]> {
  return (await h2m.sessions.open({}).tools()).map(({ name }) => name);
}

/** A first start, after which the list is kept; gives its names. */
async function learned(): Promise<string[]> {
  const { h2m } = await start(DRIVEN);
  const names = await listed({ h2m });
  await h2m.close();
  return names;
}

async function files(): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
