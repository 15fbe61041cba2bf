import { describe, expect, it } from "vitest";
import { deferred } from "../../src/kit/deadline.ts";
import type { H2m, H2mConfig } from "../../src/index.ts";
import { ERAS } from "../helpers/clients.ts";
import { type FakeOptions, fakePlugin } from "../../src/testing.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure, lives, until } from "../helpers/until.ts";

const DRIVEN = { driver: true, headers: true } as const;

describe("`/mcp` of several harnesses", () => {
  it.each(ERAS)(
    "lists and calls the tools of all, each by its harness's name (%s)",
    async (era) => {
      const { h2m } = await serveTwo();
      const client = await connected(h2m, "", era);

      const names = await client.names();
      const pids = await Promise.all([client.text("uno_pid"), client.text("duo_pid")]);

      expect(names).toEqual(expect.arrayContaining(["uno_echo", "duo_echo"]));
      expect(names.filter((name) => !/^(uno|duo)_/.test(name))).toEqual([]);
      expect(names.length).toBe(new Set(names).size);
      expect(new Set(pids).size).toBe(2);
      expect(await client.text("duo_echo", { text: "hello" })).toBe("hello");
    },
  );

  it("starts a harness with its first call, and not before", async () => {
    const { h2m, started } = await serveTwo();

    const session = h2m.sessions.open({});
    session.join();
    const said = await session.instructions();
    expect(started).toEqual([]);

    await session.call("duo_echo", { text: "x" });
    expect(started).toEqual(["duo"]);
    await session.call("uno_echo", { text: "x" });
    expect(started).toEqual(["duo", "uno"]);
    expect(said).toContain("begin with `uno_` are of uno 1.2.3, run in ");
    expect(said).toContain("begin with `duo_` are of duo 1.2.3, run in ");
  });

  it("does not start the others when a client of the newest era calls one", async () => {
    const { h2m, started } = await serveTwo();
    const client = await connected(h2m, "", "v2-2026");

    expect(await client.text("duo_echo", { text: "x" })).toBe("x");

    expect(started).toEqual(["duo"]);
  });

  it("is each 2025-era client's own; 2026-era ones share the sessions `default`", async () => {
    const { h2m } = await serveTwo();
    const [one, two] = await Promise.all([connected(h2m), connected(h2m, "", "v2-2025")]);
    const [three, four, five] = await Promise.all([
      connected(h2m, "", "v2-2026"),
      connected(h2m, "", "v2-2026"),
      connected(h2m, "/uno", "v2-2026"),
    ]);

    const pids = await Promise.all(
      [one, two, three, four].map((client) => client?.text("uno_pid")),
    );

    expect(new Set(pids).size).toBe(3);
    expect(pids[2]).toBe(pids[3]);
    expect(await five?.text("pid")).toBe(pids[2]);
  });

  it("applies `tools` of the config to each harness's own names", async () => {
    const { h2m } = await serveTwo({
      tools: { include: ["echo", "pid"], rename: { echo: "say" } },
    });
    const client = await connected(h2m);

    expect(await client.names()).toEqual(["uno_say", "uno_pid", "duo_say", "duo_pid"]);
    expect(await client.text("uno_say", { text: "hi" })).toBe("hi");
  });

  it.each(ERAS)("gives no tool a name that a client would refuse (%s)", async (era) => {
    const { h2m } = await serveTwo({
      tools: { prefix: "my.", rename: { echo: "x".repeat(37), pid: "pid_a1b2c3" } },
    });
    const client = await connected(h2m, "", era);

    const names = await client.names();
    const [mine, ...others] = names.filter((name) => name.startsWith("uno_my_xxx"));

    for (const name of names) expect(name).toMatch(/^(uno|duo)_my_[\w-]{1,33}$/);
    expect(new Set(names).size).toBe(names.length);
    expect(others).toEqual([]);
    expect(await client.text(mine ?? "", { text: "hi" })).toBe("hi");
    expect(await client.text("uno_my_pid_a1b2c3")).toMatch(/^\d+$/);
    // It is the name at `/mcp/uno`, and nobody was shown it here.
    const [own] = await (await connected(h2m, "/uno", era)).names();
    expect(own).toHaveLength(40);
    expect((await failure(client.call(`uno_${own}`, { text: "x" }))).message).toContain("no tool");
  });

  it("knows a shortened name before it has shown its list", async () => {
    const { h2m } = await serveTwo({ tools: { rename: { echo: "e".repeat(40) } } });
    const first = await connected(h2m);
    const name = (await first.names()).find((each) => each.startsWith("duo_eee")) ?? "";

    expect(name).toHaveLength(40);
    expect(await (await connected(h2m)).text(name, { text: "hi" })).toBe("hi");
  });

  it("lists no tool that cannot be called, however long the names of the harnesses are", async () => {
    const [uno, duo] = ["x", "y"].map((end) => "h".repeat(33) + end) as [string, string];
    const plugins = [uno, duo].map((name) => fakePlugin({ name, ...DRIVEN }));
    const { h2m } = await serveTwo({ harnesses: [uno, duo], plugins });
    const client = await connected(h2m);

    const echoes = (await client.names()).filter((name) => name.endsWith("_echo"));

    for (const name of echoes) expect(await client.text(name, { text: "hi" })).toBe("hi");
    expect(echoes).toHaveLength(2);
  });

  it("keeps names as they are where the config says so", async () => {
    const { h2m } = await serveTwo({
      tools: { portable: false, include: ["echo"], rename: { echo: "e".repeat(60) } },
    });
    const client = await connected(h2m);

    expect(await client.names()).toEqual([`uno_${"e".repeat(60)}`, `duo_${"e".repeat(60)}`]);
    expect(await client.text(`duo_${"e".repeat(60)}`, { text: "hi" })).toBe("hi");
  });

  it("names what is there when a tool is unknown", async () => {
    const { h2m } = await serveTwo();
    const client = await connected(h2m);
    await client.names();

    const bare = await failure(client.call("echo", { text: "x" }));
    const wrong = await failure(client.call("uno_ecko", { text: "x" }));

    expect(bare.message).toContain(
      "There is no tool `echo`. The names begin with `uno_` or `duo_`",
    );
    expect(wrong.message).toContain("There is no tool `uno_ecko`.");
    expect(wrong.message).toContain("begin with `uno_`. Did you mean `echo`?");
  });

  it("passes cancellation and progress on", async () => {
    const { h2m } = await serveTwo();
    const client = await connected(h2m);
    await client.text("uno_echo", { text: "warm" });
    const control = new AbortController();

    const call = failure(client.call("uno_slow", { ms: 60_000, text: "" }, control));
    await until("it runs", async () => (await client.text("uno_log")).includes("slow"));
    control.abort();
    await call;

    await until("it was told", async () => (await client.text("uno_log")).includes("cancelled"));
  });

  it("keeps what was too large for an answer, of every harness", async () => {
    const { h2m } = await serveTwo({ tools: { limits: { maxResultBytes: 1_000 } } });
    const session = h2m.sessions.open({});
    await session.call("uno_big", { n: 5_000 });
    await session.call("duo_big", { n: 6_000 });

    const kept = session.results?.list() ?? [];
    const whole = kept.map(({ uri }) => session.results?.read(uri));

    expect(kept.map(({ size }) => size)).toEqual([5_000, 6_000]);
    expect(whole[1]).toMatchObject({ text: "x".repeat(6_000) });
    expect(() => session.results?.read("h2m://result/none/1")).toThrow("There is no result");
  });

  it("tells of a list that changes, and only then", async () => {
    // Without a driver each result comes with a turn, and with it the new list.
    const { h2m } = await serveTwo({
      plugins: [fakePlugin({ name: "uno" }), fakePlugin({ name: "duo" })],
    });
    const client = await connected(h2m);
    await client.names();
    await client.text("uno_echo", { text: "x" });
    expect(client.changes()).toBe(0);

    await client.call("uno_grow", { name: "more" });

    await until("the client was told", () => client.changes() === 1);
    expect(await client.names()).toContain("uno_more");
  });
});

describe("a harness of several that does not start", () => {
  it("takes nobody's tools away: its own are missing, and its calls say why", async () => {
    const { h2m, warnings } = await serveTwo({}, { exit: { code: 7, stderr: "no way" } });
    const client = await connected(h2m);

    const names = await client.names();
    const error = await failure(client.call("duo_echo", { text: "x" }));

    expect(names).toContain("uno_echo");
    expect(names.filter((name) => name.startsWith("duo_"))).toEqual([]);
    expect(error.message).toContain("no way");
    expect(await client.text("uno_echo", { text: "undisturbed" })).toBe("undisturbed");
    expect(warnings).toEqual([expect.stringMatching(/^The tools of duo are missing: .*no way/)]);
  });

  it("gets its tools back into the list, and clients are told", async () => {
    let broken = true;
    const { h2m } = await serveTwo({
      plugins: [fakePlugin({ name: "uno" }), sometimes(() => broken)],
    });
    const session = h2m.sessions.open({});
    let changes = 0;
    session.on("tools", () => changes++);
    expect((await session.tools()).some(({ name }) => name.startsWith("duo_"))).toBe(false);

    broken = false;
    await session.call("duo_echo", { text: "x" });

    expect(changes).toBe(1);
    expect((await session.tools()).some(({ name }) => name.startsWith("duo_"))).toBe(true);
  });
});

describe("the end of a client of several harnesses", () => {
  it("ends them all", async () => {
    const { h2m } = await serveTwo();
    const client = await connected(h2m);
    const pids = await Promise.all([client.text("uno_pid"), client.text("duo_pid")]);

    await client.end();

    await until("the sessions are gone", () => h2m.sessions.list().length === 0);
    await until("the processes are gone", () => pids.every((pid) => !lives(Number(pid))));
  });

  it("leaves shared sessions to others", async () => {
    const { h2m } = await serveTwo();
    const union = h2m.sessions.open({ name: "work" });
    const leave = union.join();
    await union.call("uno_echo", { text: "x" });

    leave();
    await union.close();

    expect(h2m.sessions.list().map((session) => session.info().name)).toEqual(["work"]);
    expect(h2m.sessions.open({ name: "work" })).not.toBe(union);
    expect((await failure(union.tools())).message).toBe("The session has ended.");
  });

  it("comes after `timeouts.idle`; until then a harness that was idle is started again", async () => {
    const { h2m, started } = await serveTwo({ timeouts: { idle: 2_500 } });
    const union = h2m.sessions.open({});
    let reason: string | undefined;
    union.on("close", (why) => (reason = why));
    await union.call("uno_echo", { text: "x" });
    await h2m.sessions.list()[0]?.close("it was idle");

    await union.call("uno_echo", { text: "again" });
    expect(started).toEqual(["uno", "uno"]);

    await until("it ends", () => reason !== undefined);
    expect(reason).toBe("nobody used it for 2.5 s");
    await until("its sessions end", () => h2m.sessions.list().length === 0);
  });

  it("makes room: at most `sessions.max` are open", async () => {
    const { h2m } = await serveTwo({ sessions: { max: 1 } });
    const first = h2m.sessions.open({});
    let reason: string | undefined;
    first.on("close", (why) => (reason = why));

    const second = h2m.sessions.open({});

    expect(reason).toContain("1 sessions are open");
    expect(await failure(first.call("uno_echo", { text: "x" }))).toMatchObject({ code: "closed" });
    // Its harnesses take turns where there is room for one.
    await second.call("uno_echo", { text: "x" });
    await second.call("duo_echo", { text: "x" });
    expect(h2m.sessions.list().map((session) => session.info().harness)).toEqual(["duo"]);
  });
});

it("a session of several whose only client leaves while the list is looked up starts nothing for nobody", async () => {
  const looked = deferred<void>();
  const asked = deferred<void>();
  const plugins = ["uno", "duo"].map((name) => {
    const plugin = fakePlugin({ name, ...DRIVEN });
    const [launcher] = plugin.harnesses ?? [];
    const detect = async () => {
      asked.resolve(undefined);
      await looked.promise;
      return { command: process.execPath, version: "1.2.3" };
    };
    return { ...plugin, harnesses: [{ ...launcher!, detect }] };
  });
  // With a catalog, since that is what needs the version to be looked up.
  const { h2m, started } = await serveTwo({ plugins, catalog: true });
  const session = h2m.sessions.open({});
  const leave = session.join();
  const listed = failure(session.tools());
  await asked.promise;

  leave();
  looked.resolve(undefined);

  expect((await listed).message).toContain("has ended");
  expect(h2m.sessions.list()).toEqual([]);
  expect(started).toEqual([]);
});

it("harnesses whose tools could not be told apart are refused together", async () => {
  const plugins = [fakePlugin({ name: "uno" }), fakePlugin({ name: "uno_x" })];

  const error = await failure(serve({ harnesses: ["uno", "uno_x"], plugins }));

  expect(error.message).toContain("`uno` and `uno_x` cannot be served together");
});

it("one harness alone keeps its own names at `/mcp`", async () => {
  const { h2m } = await serveTwo({ harnesses: ["duo"] });

  expect(await (await connected(h2m)).names()).toContain("echo");
});

/** `uno` and `duo`, watched from the first moment; `duo` may be broken. */
async function serveTwo(
  config: H2mConfig = {},
  duo: FakeOptions = {},
): Promise<{ h2m: H2m; started: string[]; warnings: string[] }> {
  const started: string[] = [];
  const warnings: string[] = [];
  const {
    plugins = [
      fakePlugin({ name: "uno", ...DRIVEN }),
      fakePlugin({ name: "duo", ...DRIVEN, ...duo }),
    ],
  } = config;
  const h2m = await serve({
    harnesses: ["uno", "duo"],
    ...config,
    plugins: [
      ...plugins,
      {
        name: "watch",
        setup: ({ on }) => {
          on("host:start", ({ harness }) => started.push(harness));
          on("warning", ({ message }) => warnings.push(message));
        },
      },
    ],
  });
  return { h2m, started, warnings };
}

/** A `duo` that ends at once while it is broken. */
function sometimes(broken: () => boolean) {
  const plugin = fakePlugin({ name: "duo", ...DRIVEN });
  const gone = fakePlugin({ name: "duo", exit: { code: 7, stderr: "no way" } });
  const [whole] = plugin.harnesses ?? [];
  const [ends] = gone.harnesses ?? [];
  if (!whole || !ends) throw new Error("The plugins bring a harness each.");
  const prepare: typeof whole.prepare = (context) => (broken() ? ends : whole).prepare(context);
  return { ...plugin, harnesses: [{ ...whole, prepare }] };
}
