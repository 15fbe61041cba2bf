import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serverMemory } from "../../plugins/opencode/memory.ts";
import { Hooks } from "../../src/core/plugins/hooks.ts";
import { Hosts } from "../../src/core/host/hosts.ts";
import type { Occupant } from "../../src/core/host/seats.ts";
import type { HarnessLauncher, LaunchContext } from "../../src/plugin.ts";
import { OpencodeDriverWorld, seatAt } from "../helpers/opencode-driver.ts";
import { doneState as done, toolPartOf as part } from "../helpers/opencode-serve.ts";
import { lives, until } from "../helpers/until.ts";

const GIGABYTE = 1024 ** 3;

let world: OpencodeDriverWorld;

beforeEach(async () => {
  world = await OpencodeDriverWorld.create();
});

afterEach(async () => {
  await world.end();
});

/** The requests that were made since, but those of every opening. */
const since = (count: number) =>
  world.serve.lines.slice(count).filter((line) => !line.startsWith("GET /global"));

describe("the seats of opencode", () => {
  const red = seatAt("red", "/red", { H2M_LAUNCH: "mark-1", COLOUR: "it's red\n$HOME" });
  const blue = seatAt("blue", "/blue", { H2M_LAUNCH: "mark-2" });

  it("have a session each, in their own folders, and one stream of events", async () => {
    const { driver, serve, bound, calls } = world;
    await Promise.all([driver.open(red), driver.open(blue)]);
    expect(bound.toSorted()).toEqual([
      ["blue", expect.stringMatching(/^ses_[12]$/)],
      ["red", expect.stringMatching(/^ses_[12]$/)],
    ]);
    expect(serve.lines.filter((line) => line === "GET /global/event")).toHaveLength(1);
    const [, session] = bound.find(([id]) => id === "blue") ?? [];
    expect(serve.lines).toContain(`POST /session/${session}/prompt_async?directory=%2Fblue`);

    const seatOf = (own: string) =>
      bound.find(([, id]) => id === own)?.[0] === "red" ? red : blue;
    for (const id of ["c1", "c3", "c4"]) world.send(seatOf("ses_1"), id);
    world.send(seatOf("ses_2"), "c2");
    await serve.tell(part("c1", done("one"), { sessionID: "ses_1" }));
    await serve.tell(part("c2", done("two"), { sessionID: "ses_2" }));
    await serve.tell(part("c3", done("three"), { sessionID: "ses_3" }));
    await serve.tell(part("c4", done("four"), { sessionID: "ses_1" }));

    await until("the last result", () => calls.has("c4"));
    expect(calls.results.map(([id]) => id)).toEqual(["c1", "c2", "c4"]);
  });

  it("leave their environment for the shell in a private file, and take it away", async () => {
    const { driver, home } = world;
    await driver.open(red);
    await driver.open(blue);
    const file = join(home, "seats", "ses_1");

    expect(await readFile(file, "utf8")).toBe(
      "export H2M_LAUNCH='mark-1'\nexport COLOUR='it'\\''s red\n$HOME'\n",
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    await driver.close?.(red);

    expect(await readdir(join(home, "seats"))).toEqual(["ses_2"]);
  });

  it("end with their session, and the last one in a folder with what is kept for it", async () => {
    const { driver, serve, home } = world;
    await mkdir(join(home, "project"));
    await symlink(join(home, "project"), join(home, "link"));
    const [first, second] = [join(home, "project"), join(home, "link")];
    const seats = [seatAt("1", first), seatAt("2", second), seatAt("3", "/other")];
    for (const seat of seats) await driver.open(seat);
    const opened = serve.lines.length;

    for (const seat of seats) await driver.close?.(seat);

    const [one, two, three] = [first, second, "/other"].map((folder) => encodeURIComponent(folder));
    expect(since(opened)).toEqual([
      `POST /session/ses_1/abort?directory=${one}`,
      `DELETE /session/ses_1?directory=${one}`,
      `POST /session/ses_2/abort?directory=${two}`,
      `DELETE /session/ses_2?directory=${two}`,
      `POST /instance/dispose?directory=${two}`,
      // The last seat of all: the process ends.
      `POST /session/ses_3/abort?directory=${three}`,
    ]);
  });

  it("cost little when all of them end at once, since the process ends then", async () => {
    const { driver, serve } = world;
    await Promise.all([driver.open(red), driver.open(blue)]);
    const opened = serve.lines.length;

    await Promise.all([driver.close?.(red), driver.close?.(blue)]);

    expect(since(opened)).toHaveLength(2);
    expect(since(opened).every((line) => /^POST .*\/abort/.test(line))).toBe(true);
  });

  it("wait for a folder that is just being let go", async () => {
    const { driver, serve } = world;
    await driver.open(red);
    await driver.open(blue);
    let free = () => {};
    const gone = new Promise<void>((resolve) => (free = resolve));
    serve.late = { form: /^POST \/instance\/dispose/, until: gone };
    const closing = driver.close?.(red);
    await until("the folder is let go", () => serve.lines.at(-1)?.includes("/instance/dispose"));
    const asked = serve.lines.length;

    const opening = driver.open(seatAt("red again", "/red"));
    // Another folder is free, and its seat is later at the door.
    await driver.open(seatAt("green", "/green"));
    expect(since(asked)).toEqual([
      "POST /session?directory=%2Fgreen",
      "POST /session/ses_3/prompt_async?directory=%2Fgreen",
    ]);
    free();

    await Promise.all([closing, opening]);
    expect(since(asked).slice(2)).toEqual([
      "POST /session?directory=%2Fred",
      "POST /session/ses_4/prompt_async?directory=%2Fred",
    ]);
  });

  it("leave no session behind when they are closed while they open", async () => {
    const { driver, serve, bound, home } = world;
    await driver.open(blue);
    let free = () => {};
    const made = new Promise<void>((resolve) => (free = resolve));
    serve.late = { form: /^POST \/session\?/, until: made };
    const opening = driver.open(red);
    await until("it is being made", () => serve.lines.at(-1)?.startsWith("POST /session?"));

    await driver.close?.(red);
    free();

    await expect(opening).rejects.toThrow("closed while it was opened");
    expect(serve.lines.at(-1)).toBe("DELETE /session/ses_2?directory=%2Fred");
    expect(bound).toEqual([["blue", "ses_1"]]);
    expect(await readdir(join(home, "seats"))).toEqual(["ses_1"]);
  });

  it("are 30, and none any more once the process has grown", async () => {
    const { driver } = world;
    await driver.open(red);
    await driver.open(blue);
    expect(driver.seats).toBe(30);

    world.memory = 1.6 * GIGABYTE;
    await driver.close?.(blue);
    expect(driver.seats).toBe(0);

    world.memory = 0.5 * GIGABYTE;
    await driver.open(blue);
    expect(driver.seats).toBe(0);
  });
});

describe("a new history for a seat of opencode", () => {
  const seat = seatAt("seat-1", "/project", { H2M_LAUNCH: "mark" });

  it("is a new session in the same folder, and the old one ends", async () => {
    const { driver, serve, bound, calls, home } = world;
    await driver.open(seat);
    const opened = serve.lines.length;

    expect(await driver.reset?.(seat)).toEqual(["the to-do list"]);

    expect(bound).toEqual([
      ["seat-1", "ses_1"],
      ["seat-1", "ses_2"],
    ]);
    const [made, ...rest] = since(opened);
    expect(made).toBe("POST /session?directory=%2Fproject");
    expect(rest.toSorted()).toEqual([
      "DELETE /session/ses_1?directory=%2Fproject",
      "POST /session/ses_1/abort?directory=%2Fproject",
      "POST /session/ses_2/prompt_async?directory=%2Fproject",
    ]);
    expect(await readdir(join(home, "seats"))).toEqual(["ses_2"]);
    expect(await readFile(join(home, "seats", "ses_2"), "utf8")).toBe("export H2M_LAUNCH='mark'\n");

    for (const id of ["c1", "c2"]) world.send(seat, id);
    await serve.tell(part("c1", done("old"), { sessionID: "ses_1" }));
    await serve.tell(part("c2", done("new"), { sessionID: "ses_2" }));
    await until("a result", () => calls.has("c2"));
    expect(calls.results.map(([id]) => id)).toEqual(["c2"]);
  });

  it("is there though the old session cannot be ended", async () => {
    const { driver, serve, bound, warnings } = world;
    await driver.open(seat);
    serve.refused = { form: /^POST \/session\/ses_1\/abort/, times: 1 };

    await driver.reset?.(seat);

    expect(bound.at(-1)).toEqual(["seat-1", "ses_2"]);
    expect(warnings).toEqual([expect.stringContaining("out of leaves")]);
  });

  it("is not there when no session can be made, and the old one stays", async () => {
    const { driver, serve, bound } = world;
    await driver.open(seat);
    serve.refused = { form: /^POST \/session\?/, times: 1 };

    await expect(driver.reset?.(seat)).rejects.toThrow("out of leaves");

    expect(bound).toEqual([["seat-1", "ses_1"]]);
    expect(serve.lines.some((line) => line.startsWith("DELETE"))).toBe(false);
  });
});

describe("the events of opencode, when they break off", () => {
  it("leave no call of any seat open: the histories are read, each in its folder", async () => {
    const { driver, serve, calls } = world;
    const [one, two] = [seatAt("1", "/one"), seatAt("2", "/two")];
    for (const seat of [one, two]) await driver.open(seat);
    world.send(one, "c1");
    for (const id of ["c2", "c3"]) world.send(two, id);
    const mine = part("c1", done("one"), { sessionID: "ses_1" });
    const theirs = part("c2", { status: "error", error: "no such leaf" }, { sessionID: "ses_2" });
    const running = part("c3", { status: "running" }, { sessionID: "ses_2" });
    serve.parts = [mine, theirs, running];
    const opened = serve.lines.length;

    serve.cut();

    await until("both results", () => calls.results.length === 2);
    expect(calls.of("c2")).toEqual({
      content: [{ type: "text", text: "no such leaf" }],
      isError: true,
    });
    expect(since(opened).toSorted()).toEqual([
      "GET /session/ses_1/message?directory=%2Fone",
      "GET /session/ses_2/message?directory=%2Ftwo",
    ]);
    await serve.tell(part("c3", done("three"), { sessionID: "ses_2" }));
    await until("the running one", () => calls.has("c3"));
  });

  it("leave none open either when a history cannot be read at first", async () => {
    const { driver, serve, calls, warnings } = world;
    for (const [id, call] of Object.entries({ one: "c1", two: "c2" })) {
      const seat = seatAt(id, `/${id}`);
      await driver.open(seat);
      world.send(seat, call);
    }
    const mine = part("c1", done("one"), { sessionID: "ses_1" });
    serve.parts = [mine, part("c2", done("two"), { sessionID: "ses_2" })];
    serve.refused = { form: /^GET \/session\/ses_1\/message/, times: 2 };

    serve.cut();

    await until("both results", () => calls.results.length === 2);
    expect(calls.results.map(([id]) => id)).toEqual(["c2", "c1"]);
    expect(serve.lines.filter((line) => line === "GET /global/event")).toHaveLength(2);
    expect(warnings).toEqual([
      expect.stringContaining("event stream broke"),
      expect.stringContaining("out of leaves"),
    ]);
  });
});

describe.runIf(process.platform === "linux")("the memory of the server", () => {
  it("is that of the real program below a shim, and unknown when it has ended", async () => {
    const home = `/private/${randomUUID()}`;
    const args = ["serve", "--port", "0"];
    const host = { plan: { command: "", args }, context: { home } as LaunchContext };
    const program = `'${process.execPath}' -e 'process.stdin.resume()' -- "$@"; exit $?`;
    const child = spawn("sh", ["-c", program, "shim", ...args], {
      env: { ...process.env, XDG_DATA_HOME: `${home}/data` },
      stdio: ["pipe", "ignore", "ignore"],
    });

    await until("it runs", async () => ((await serverMemory(host)) ?? 0) > 20 * 1024 ** 2);
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.stdin.end();
    await ended;

    expect(await serverMemory(host)).toBeUndefined();
  });
});

it("a host that takes no more sessions keeps its own, and those that come share a new one", async () => {
  let seats = 5;
  const launcher: HarnessLauncher = {
    name: "oak",
    api: "messages",
    detect: () => ({ command: process.execPath }),
    prepare: () => ({ command: process.execPath, args: ["-e", "process.stdin.resume()"] }),
    drive: (host) => {
      const first = pids.length === 0;
      pids.push(host.pid);
      return {
        get seats() {
          return first ? seats : 5;
        },
        open: () => Promise.resolve(),
      };
    },
  };
  const pids: number[] = [];
  const hosts = new Hosts(new Hooks(), () => "http://127.0.0.1:1");
  const occupant: Occupant = {
    cwd: "/",
    admit: () => {},
    bind: () => {},
    promised: [],
    bringTurn: () => {},
    notice: () => {},
    run: () => Promise.reject(new Error("nothing runs here")),
    hostExited: () => {},
  };
  const seat = () => hosts.seat({ launcher, options: {}, cwd: "/" }, occupant);
  try {
    const early = [await seat(), await seat()];
    seats = 0;
    const late = [await seat(), await seat()];

    expect(early.map(({ host }) => host.pid)).toEqual([pids[0], pids[0]]);
    expect(late.map(({ host }) => host.pid)).toEqual([pids[1], pids[1]]);

    for (const { host, seatId } of early) await host.close(seatId, 2_000);
    expect(pids.map(lives)).toEqual([false, true]);
  } finally {
    await hosts.close(2_000);
  }
});
