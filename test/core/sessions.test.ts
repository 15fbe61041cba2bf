import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERAS } from "../helpers/clients.ts";
import { fakePlugin } from "../../src/testing.ts";
import {
  atEnd,
  connected,
  fakeAndClient,
  serve,
  serveFake,
  temporaryFiles,
  TOKEN,
} from "../helpers/server.ts";
import { failure, lives, until } from "../helpers/until.ts";

const DRIVEN = { driver: true, headers: true } as const;

describe("sessions", () => {
  it("of bare URLs are each client's own in the 2025 era, and one for all in the 2026 one", async () => {
    const h2m = await serveFake(DRIVEN);
    const own = await Promise.all([connected(h2m), connected(h2m, "", "v2-2025")]);
    const shared = await Promise.all([
      connected(h2m, "", "v2-2026"),
      connected(h2m, "/fake", "v2-2026"),
    ]);

    const [one, two, three, four] = await Promise.all(
      [...own, ...shared].map((client) => client.text("pid")),
    );

    expect(one).not.toBe(two);
    expect(three).toBe(four);
    expect([one, two]).not.toContain(three);
    expect(h2m.sessions.list().map((session) => session.info().name)).toContain("default");
  });

  it("with a name are shared by all who use it, in both eras", async () => {
    const h2m = await serveFake(DRIVEN);

    const pids = await Promise.all(
      ERAS.map(async (era) => (await connected(h2m, "/fake/work_1", era)).text("pid")),
    );
    const other = await (await connected(h2m, "/fake/else")).text("pid");

    expect(new Set(pids).size).toBe(1);
    expect(pids).not.toContain(other);
  });

  it("with a name that cannot be one are refused", async () => {
    const h2m = await serveFake(DRIVEN);

    for (const name of ["Work", "-x", "a.b", "x".repeat(33)]) {
      const error = await failure(connected(h2m, `/fake/${name}`));
      expect(error.message).toContain("cannot be the name of a session");
    }
    expect(h2m.sessions.list()).toEqual([]);
  });

  it("of several harnesses stand at their names", async () => {
    const plugins = [fakePlugin({ name: "uno" }), fakePlugin({ name: "duo", ...DRIVEN })];
    const h2m = await serve({ harnesses: { uno: {}, duo: {} }, plugins });

    const said = await Promise.all(
      ["/uno", "/duo"].map(async (path) => (await connected(h2m, path)).instructions()),
    );

    expect(said.map((text) => /harness (\w+)/.exec(text ?? "")?.[1])).toEqual(["uno", "duo"]);
  });

  it("are at most `sessions.max`: one that is in use stays, the idlest other gives way", async () => {
    const h2m = await serveFake(DRIVEN, { sessions: { max: 1 } });
    const first = await connected(h2m);
    const running = first.text("slow", { ms: 600, text: "undisturbed" });
    await until("the call runs", async () => first.text("log").then((log) => log.includes("slow")));

    const error = await failure(connected(h2m));

    expect(error.message).toContain("1 sessions are open, all of them in use");
    expect(await running).toBe("undisturbed");
    expect(await (await connected(h2m)).names()).toContain("echo");
    expect(h2m.sessions.list().length).toBe(1);
  });
});

describe("DELETE", () => {
  it("ends a session of its own, its process, its folder and what its tools left running", async () => {
    const { h2m, client } = await fakeAndClient(DRIVEN);
    const pid = Number(await client.text("pid"));
    const left = Number(await client.text("detach"));
    expect(lives(left)).toBe(true);

    await client.end();

    await until("the session is gone", () => h2m.sessions.list().length === 0);
    await until("all of its processes are gone", () => !lives(pid) && !lives(left));
    await until("its folder is gone", () => temporaryFiles().length === 0);
  });

  it("ends a session while a call is running", async () => {
    const { client } = await fakeAndClient(DRIVEN);
    const pid = Number(await client.text("pid"));
    const call = failure(client.call("stuck"));

    await client.end();

    await call;
    await until("the process is gone", () => !lives(pid));
  });

  it("leaves another session untouched", async () => {
    const h2m = await serveFake(DRIVEN);
    const [one, two] = await Promise.all([connected(h2m), connected(h2m)]);
    const left = Number(await two.text("detach"));
    const pid = Number(await one.text("pid"));

    await one.end();
    await until("the first is gone", () => !lives(pid));

    expect(lives(left)).toBe(true);
    expect(await two.text("echo", { text: "here" })).toBe("here");
  });

  it("leaves a named session to its other clients, and to those who come later", async () => {
    const h2m = await serveFake(DRIVEN);
    const one = await connected(h2m, "/fake/kept");
    const pid = await one.text("pid");

    await one.end();

    expect(await (await connected(h2m, "/fake/kept")).text("pid")).toBe(pid);
  });
});

describe("a session that nobody uses", () => {
  it("ends after `timeouts.idle` with its process, though its client still listens", async () => {
    const h2m = await serveFake(DRIVEN, { timeouts: { idle: 600 } });
    const own = await connected(h2m);
    const pids = [Number(await own.text("pid"))];
    const named = await connected(h2m, "/fake/idle", "v2-2026");
    pids.push(Number(await named.text("pid")));

    await until("both are ended", () => h2m.sessions.list().length === 0);

    await until("their processes are gone", () => pids.every((pid) => !lives(pid)));
    expect((await failure(own.names())).message).toMatch(/no such MCP session/);
    expect(await named.text("echo", { text: "a new one" })).toBe("a new one");
  });

  it("does not end while a call runs in it", async () => {
    const { client } = await fakeAndClient(DRIVEN, { timeouts: { idle: 400 } });

    expect(await client.text("slow", { ms: 1_300, text: "done" })).toBe("done");
  });
});

describe("close", () => {
  it("ends every process, folder and left command, whatever is under way", async () => {
    const h2m = await serveFake(DRIVEN);
    const clients = await Promise.all([connected(h2m), connected(h2m, "/fake/one")]);
    const pids = await Promise.all(
      clients.flatMap((client) => [client.text("pid"), client.text("detach")]),
    );
    const running = clients.map((client) => failure(client.call("stuck")));
    const starting = connected(h2m).catch(() => undefined);

    await h2m.close();

    expect(pids.map(Number).filter(lives)).toEqual([]);
    expect(temporaryFiles()).toEqual([]);
    await Promise.all([...running, starting]);
  });

  it.each(ERAS)("tells every request that is on its way why it ends (%s)", async (era) => {
    const mute = fakePlugin({ name: "mute", mute: true });
    const h2m = await serve({ harnesses: ["fake", "mute"], plugins: [fakePlugin(), mute] });
    const [calling, listing] = [
      await connected(h2m, "/fake/one", era),
      await connected(h2m, "/mute/two", era),
    ];
    const begun = new Promise((resolve) => h2m.on("call:start", resolve));
    const call = failure(calling.call("stuck"));
    await begun;
    const session = h2m.sessions.open({ harness: "mute", name: "two" });
    const tools = session.tools.bind(session);
    const asked = new Promise<void>((resolve) => {
      session.tools = () => (resolve(), tools());
    });
    const list = failure(listing.names());
    await asked;

    await h2m.close();

    for (const { message } of [await call, await list])
      expect(message).toContain("The session has ended: the server is stopping");
  });

  it("is quick, also with a harness that never asked for anything, and may be called twice", async () => {
    const { h2m, client } = await fakeAndClient({ mute: true });
    const listing = failure(client.names());
    await until("it has started", () => temporaryFiles().length === 1);
    const started = performance.now();

    await Promise.all([h2m.close(), h2m.close()]);

    expect(performance.now() - started).toBeLessThan(3_000);
    expect(temporaryFiles()).toEqual([]);
    await listing;
    await failure(fetch(h2m.mcpUrl, { headers: { authorization: `Bearer ${TOKEN}` } }));
  });
});

it("close does not wait for a program that cannot be found out about", async () => {
  const plugin = fakePlugin();
  const [launcher] = plugin.harnesses!;
  const detect = () => new Promise<never>(() => {});
  const h2m = await serve({
    harnesses: ["fake"],
    plugins: [{ ...plugin, harnesses: [{ ...launcher!, detect }] }],
    timeouts: { shutdown: 500 },
  });
  const listing = failure(h2m.sessions.open({}).tools());
  const started = performance.now();

  await h2m.close();

  expect(performance.now() - started).toBeLessThan(3_000);
  expect((await listing).message).toContain("The session has ended");
}, 8_000);

describe.each(ERAS)("a tool list that changes (%s)", (era) => {
  it("is told to the client, and no other change is", async () => {
    const h2m = await serveFake();
    const client = await connected(h2m, "/fake/growing", era);
    const before = await client.names();
    await client.text("echo", { text: "no change" });

    await client.text("grow", { name: "newcomer" });

    await until("the change is told", () => client.changes() > 0);
    expect(await client.names()).toEqual([...before, "newcomer"]);
    expect(client.changes()).toBe(1);
  });
});

describe("workspaces", () => {
  it("are shared sessions in folders of their own, with their own environment", async () => {
    const web = mkdtempSync(join(tmpdir(), "workspace-"));
    atEnd(() => rmSync(web, { recursive: true }));
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [fakePlugin(DRIVEN)],
      workspaces: { web: { harness: "fake", cwd: web, env: { OF_THE_WORKSPACE: "yes" } } },
    });

    const [one, two] = [await connected(h2m, "/fake/web"), await connected(h2m, "/fake/web")];
    const plain = await connected(h2m, "/fake");

    expect(await one.text("cwd")).toBe(web);
    expect(await one.text("pid")).toBe(await two.text("pid"));
    expect(await one.text("env", { name: "OF_THE_WORKSPACE" })).toBe("yes");
    expect(await plain.text("cwd")).not.toBe(web);
  });
});
