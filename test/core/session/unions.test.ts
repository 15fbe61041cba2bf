import { beforeEach, describe, expect, it } from "vitest";
import { Hooks } from "../../../src/core/plugins/hooks.ts";
import { Unions, type UnionsOptions } from "../../../src/core/session/unions.ts";
import type { Tool } from "../../../src/types/mcp.ts";
import { PROJECT } from "../../../src/core/session/sources.ts";
import type { MemberSession } from "../../../src/core/session/union-member.ts";
import type { Session, SessionEvents } from "../../../src/types/session.ts";
import { failure } from "../../helpers/until.ts";

const NONE: ReadonlySet<string> = new Set();

/** A session of one harness that says what it was called. */
class FakeSession {
  closed: string | undefined;
  joined = 0;
  readonly results = undefined;
  readonly provided = NONE;
  readonly listeners = new Map<string, (...args: never[]) => void>();
  readonly harness: string;
  readonly name: string | undefined;
  readonly list: Tool[];
  constructor(harness: string, name: string | undefined, list: Tool[]) {
    [this.harness, this.name, this.list] = [harness, name, list];
  }
  tools = async () => this.list;
  tool = async (name: string) => this.list.find((tool) => tool.name === name);
  call = async (name: string) => ({
    content: [{ type: "text" as const, text: `${this.harness} ${name}` }],
  });
  instructions = async () => `I am ${this.harness}.`;
  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]) {
    this.listeners.set(event, listener as never);
    return () => void this.listeners.delete(event);
  }
  join() {
    this.joined++;
    return () => void this.joined--;
  }
  away = () => () => {};
  async close(reason: string) {
    this.closed = reason;
    (this.listeners.get("close") as ((why: string) => void) | undefined)?.(reason);
  }
}

const tool = (name: string): Tool => ({ name, inputSchema: { type: "object" } });
let opened: FakeSession[];
let lists: Record<string, Tool[] | Error>;
let known: Record<string, Tool[]>;
let warnings: string[];
beforeEach(() => {
  opened = [];
  lists = { uno: [tool("echo")], duo: [tool("echo"), tool("pid")] };
  known = {};
  warnings = [];
});

function unions(more: Partial<UnionsOptions> = {}): Unions {
  const hooks = new Hooks();
  hooks.on("warning", ({ message }) => warnings.push(message));
  return new Unions({
    harnesses: ["uno", "duo"],
    instructions: "short",
    portable: true,
    keeps: false,
    max: 9,
    hooks,
    about: async (harness) => ({ harness, version: "1.2.3", cwd: "/work" }),
    peek: (harness) => ({ known: async () => known[harness], provided: NONE }),
    provided: { any: false, prompts: undefined, resources: undefined },
    open: (harness = PROJECT, name) => {
      const list = lists[harness] ?? [];
      const session = new FakeSession(harness, name, Array.isArray(list) ? list : []);
      if (list instanceof Error) session.tools = () => Promise.reject(list);
      opened.push(session);
      return session as unknown as MemberSession;
    },
    ...more,
  });
}
const namesOf = async (session: Session) => (await session.tools()).map(({ name }) => name);
const textOf = async (session: Session, name: string) =>
  ((await session.call(name, {})).content[0] as { text: string }).text;

describe("harnesses that are served as one", () => {
  it.each<[string[], boolean, RegExp | undefined]>([
    [["uno", "duo"], true, undefined],
    [["uno", "unox"], true, undefined],
    [["uno", "uno_x"], true, /`uno` and `uno_x` cannot be served together: .* begin with `uno_`/],
    [["uno_x", "uno"], true, /`uno` and `uno_x` cannot/],
    [["a b", "a.b"], true, /`a b` and `a\.b` cannot .* with `a_b_`/],
    [["h".repeat(40), `${"h".repeat(40)}x`], true, undefined],
    [["h".repeat(40), `${"h".repeat(40)}_x`], false, /cannot be served together/],
  ])(
    "%j (portable: %s) can be told apart by their names, or are refused",
    async (harnesses, portable, fault) => {
      const made = await failure(
        Promise.resolve().then(() => {
          unions({ harnesses, portable });
          throw new Error("made");
        }),
      );

      expect(made.message).toMatch(fault ?? /^made$/);
      if (fault) expect(made.code).toBe("bad-config");
    },
  );

  it("are refused in a later config too, and the old one stays", async () => {
    const all = unions();
    const change = { instructions: "short", portable: true, keeps: false, max: 9 } as const;

    expect(() => all.configure({ ...change, harnesses: ["uno", "uno_x"] })).toThrow("together");
    expect(await namesOf(all.open(undefined, undefined))).toContain("duo_pid");
    lists["tre"] = [tool("ls")];
    all.configure({ ...change, harnesses: ["tre"] });
    expect(await namesOf(all.open(undefined, undefined))).toEqual(["tre_ls"]);
  });
});

describe("a session of several harnesses", () => {
  it("is one for all who name it, and each one's own without a name", () => {
    const all = unions();

    expect(all.open("work", undefined)).toBe(all.open("work", undefined));
    expect(all.open("play", undefined)).not.toBe(all.open("work", undefined));
    expect(all.open(undefined, undefined)).not.toBe(all.open(undefined, undefined));
  });

  it("is another one after its end, by that name too", async () => {
    const all = unions();
    const first = all.open("work", undefined);

    await first.close("enough");

    expect(all.open("work", undefined)).not.toBe(first);
  });

  it("opens each harness's session by its own name, when it is needed", async () => {
    known = { uno: [tool("echo")], duo: [tool("echo")] };
    const session = unions().open("work", undefined);
    expect(await namesOf(session)).toEqual(["uno_echo", "duo_echo"]);
    expect(opened).toEqual([]);

    expect(await textOf(session, "duo_echo")).toBe("duo echo");
    await textOf(session, "duo_pid");

    expect(opened.map(({ harness, name }) => [harness, name])).toEqual([["duo", "work"]]);
  });

  it("is told its client by each of them", async () => {
    const clients: unknown[] = [];
    const client = { name: "test", version: "1" };
    const all = unions({
      open: (harness = PROJECT, name, who) => {
        clients.push(who);
        return new FakeSession(harness, name, [tool("echo")]) as unknown as MemberSession;
      },
    });
    await all.open(undefined, client).tools();

    expect(clients).toEqual([client, client]);
  });

  it("ends its own sessions with it, and leaves those that have a name to others", async () => {
    const all = unions();
    const own = all.open(undefined, undefined);
    const shared = all.open("work", undefined);
    await Promise.all([own.tools(), shared.tools()]);
    expect(opened.map(({ joined }) => joined)).toEqual([1, 1, 1, 1]);

    await all.close("the server ends");

    const ends = opened.map(({ name, closed }) => [name, closed]);
    expect(ends.filter(([name]) => name === undefined)).toEqual(
      Array(2).fill([undefined, "the server ends"]),
    );
    expect(ends.filter(([name]) => name === "work")).toEqual(Array(2).fill(["work", undefined]));
    expect(opened.map(({ joined }) => joined)).toEqual([0, 0, 0, 0]);
  });

  it("opens a harness's session anew where that has ended", async () => {
    const session = unions().open(undefined, undefined);
    await session.call("uno_echo", {});
    await opened[0]?.close("it was idle");

    expect(await textOf(session, "uno_echo")).toBe("uno echo");

    expect(opened).toHaveLength(2);
    expect(opened[0]?.joined).toBe(0);
  });

  it("opens nothing for anybody once it has ended", async () => {
    let looked: () => void = () => {};
    const peek = () => ({
      provided: NONE,
      known: () => new Promise<undefined>((resolve) => (looked = () => resolve(undefined))),
    });
    const session = unions({ harnesses: ["uno"], peek }).open(undefined, undefined);
    const listed = failure(session.tools());
    await session.close("its client has gone");
    looked();

    expect((await listed).message).toContain("has ended");
    expect(opened).toEqual([]);
    expect((await failure(session.call("uno_echo", {}))).code).toBe("closed");
  });
});

describe("room for sessions of several harnesses", () => {
  it("is made by the one that nobody has used for the longest time", async () => {
    const all = unions({ max: 2 });
    const [first, second] = [all.open(undefined, undefined), all.open(undefined, undefined)];
    const ends: string[] = [];
    first.on("close", (why) => ends.push(`first: ${why}`));
    second.on("close", (why) => ends.push(`second: ${why}`));
    await new Promise((resolve) => setTimeout(resolve, 5));
    await first.tools();

    all.open(undefined, undefined);

    expect(ends).toEqual([expect.stringMatching(/^second: 2 sessions are open, and it was idle/)]);
  });

  it("is not made by one in use, and is not needed for one that is open", async () => {
    const all = unions({ max: 1 });
    const session = all.open("work", undefined);
    let end: () => void = () => {};
    await session.call("uno_echo", {});
    opened[0]!.call = () => new Promise((resolve) => (end = () => resolve({ content: [] })));
    const running = session.call("uno_echo", {});
    await new Promise(setImmediate);

    expect(all.open("work", undefined)).toBe(session);
    const fault = await failure(Promise.resolve().then(() => all.open(undefined, undefined)));
    expect(fault).toMatchObject({ code: "too-many-sessions", hint: expect.stringMatching(/max/) });
    all.reap({ idle: 0, gone: 0 });
    expect(all.open("work", undefined)).toBe(session);
    end();
    await running;
    expect(() => all.open(undefined, undefined)).not.toThrow();
  });

  it("is that of the later config", () => {
    const all = unions({ max: 1 });
    const first = all.open(undefined, undefined);
    let ended = false;
    first.on("close", () => (ended = true));
    all.configure({
      harnesses: ["uno"],
      instructions: false,
      portable: true,
      keeps: false,
      max: 2,
    });

    all.open(undefined, undefined);

    expect(ended).toBe(false);
  });

  it("is made in time by those that nobody uses", async () => {
    const all = unions();
    const session = all.open("work", undefined);
    let why: string | undefined;
    session.on("close", (reason) => (why = reason));
    all.reap({ idle: 60_000, gone: 60_000 });
    expect(why).toBeUndefined();

    await new Promise((resolve) => setTimeout(resolve, 5));
    all.reap({ idle: 1, gone: 60_000 });

    expect(why).toBe("nobody used it for 0.001 s");
  });
});

describe("a harness of several that fails", () => {
  it("is left out of the list, and told once for each thing that is wrong", async () => {
    lists["duo"] = new Error("no way");
    const session = unions().open(undefined, undefined);
    const notices: string[] = [];
    session.on("notice", (message) => notices.push(message));

    expect(await namesOf(session)).toEqual(["uno_echo"]);
    await session.tools();

    expect(notices).toEqual(["The tools of duo are missing: no way"]);
    expect(warnings).toEqual(notices);
  });

  it("is an error where no other comes either, with all that is wrong", async () => {
    lists = { uno: new Error("no uno"), duo: new Error("no duo") };

    const { message } = await failure(unions().open(undefined, undefined).tools());

    expect(message).toBe("no uno no duo");
  });
});

describe("the names of tools of several harnesses", () => {
  it("are their harness's, and whoever gets one wrong hears which there are", async () => {
    const session = unions().open(undefined, undefined);
    await session.tools();

    const { message, hint } = (await failure(session.call("duo", {}))) as Error & { hint: string };

    expect(message).toBe("There is no tool `duo`.");
    expect(hint).toMatch(/^The names begin with `uno_` or `duo_`\./);
    expect(await session.tool("duo_pid")).toMatchObject({ name: "duo_pid" });
    expect(await session.tool("uno_pid")).toBeUndefined();
  });

  it.each([24, 33, 34, 40, 60])(
    "are such that each that is listed can be called, where harnesses have names of %s characters",
    async (length) => {
      const harnesses = ["x", "y"].map((end) => "h".repeat(length - 1) + end);
      lists = Object.fromEntries(
        harnesses.map((name) => [name, [tool("echo"), tool("e".repeat(40)), tool("a.b")]]),
      );
      const session = unions({ harnesses }).open(undefined, undefined);

      const names = await namesOf(session);

      expect(names.filter((name) => !/^[\w-]{1,40}$/.test(name))).toEqual([]);
      expect(new Set(names).size).toBe(6);
      const reached = await Promise.all(names.map((name) => textOf(session, name)));
      expect(reached).toEqual(
        harnesses.flatMap((name) => ["echo", "e".repeat(40), "a.b"].map((own) => `${name} ${own}`)),
      );
    },
  );

  it("are asked for anew by whoever the later config shows others", async () => {
    known = { uno: [tool("echo")], duo: [tool("echo")] };
    const all = unions();
    const session = all.open(undefined, undefined);
    let changes = 0;
    session.on("tools", () => changes++);
    await session.tools();
    all.refresh();
    await new Promise(setImmediate);
    expect(changes).toBe(0);

    known = { ...known, duo: [tool("say")] };
    all.refresh();
    await new Promise(setImmediate);

    expect(changes).toBe(1);
    expect(await namesOf(session)).toEqual(["uno_echo", "duo_say"]);
  });
});
