import { describe, expect, it } from "vitest";
import {
  type CallToolResult,
  definePlugin,
  type H2mConfig,
  H2mError,
  type HarnessLauncher,
  type HookEvents,
  type Plugin,
  type Provider,
  type ProviderCallOptions,
  type ProviderEvent,
  textResult,
  type Tool,
} from "../../src/plugin.ts";
import { fakePlugin } from "../../src/testing.ts";
import { ERAS } from "../helpers/clients.ts";
import { connected, serve } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

type Handler = (
  args: Record<string, unknown>,
  options: ProviderCallOptions,
) => Promise<CallToolResult>;

/** A provider whose tools can be changed while it is used. */
class Shelf implements Provider {
  readonly name = "shelf";
  readonly handlers = new Map<string, Handler>();
  readonly listeners = new Set<(event: ProviderEvent) => void>();
  /** @default at once */
  ready: () => Promise<void> = async () => {};

  constructor(...names: string[]) {
    for (const name of names) this.handlers.set(name, async () => textResult(`${name} ran`));
  }

  tools = (): Tool[] =>
    [...this.handlers.keys()].map((name) => ({
      name,
      description: `Takes ${name}.`,
      inputSchema: { type: "object", properties: { size: { type: "number" } } },
    }));

  call: NonNullable<Provider["call"]> = async ({ name, arguments: args }, options) => {
    const handler = this.handlers.get(name);
    if (!handler) throw new Error(`no ${name}`);
    return handler(args, options);
  };

  watch(listener: (event: ProviderEvent) => void) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: ProviderEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

const pluginOf = (...providers: Provider[]): Plugin => definePlugin({ name: "shelves", providers });

const beside = (shelf: Provider, config: H2mConfig = {}) =>
  serve({
    harnesses: ["fake"],
    ...config,
    plugins: [fakePlugin({ driver: true, headers: true }), pluginOf(shelf)],
  });

describe("tools that no harness brings", () => {
  it.each(ERAS)("stand beside the harness's, and run without it (%s)", async (era) => {
    const client = await connected(await beside(new Shelf("take")), "", era);

    expect(await client.names()).toEqual(expect.arrayContaining(["take", "echo"]));
    expect(await client.text("take", { size: 2 })).toBe("take ran");
    expect(await client.text("echo", { text: "x" })).toBe("x");
  });

  it.each(ERAS)("are served without any harness (%s)", async (era) => {
    const client = await connected(await beside(new Shelf("take"), { harnesses: [] }), "", era);

    expect(await client.names()).toEqual(["take"]);
    expect(await client.text("take")).toBe("take ran");
    expect(client.instructions()).toContain("the tools of a project");
  });

  it("do not wait for a harness that does not come", async () => {
    const [fake] = fakePlugin().harnesses ?? [];
    const detect = () => Promise.reject(new H2mError("not-installed", "It is not here."));
    const absent = { ...fake, name: "absent", detect } as HarnessLauncher;
    const plugins = [{ ...fakePlugin(), harnesses: [absent] }, pluginOf(new Shelf("take"))];
    const h2m = await serve({ harnesses: ["absent"], plugins });
    const session = h2m.sessions.open({});

    expect((await session.call("take", {})).isError).toBeFalsy();
    expect(await failure(session.call("echo", {}))).toMatchObject({ code: "not-installed" });
    expect(await failure(session.tools())).toMatchObject({ code: "not-installed" });
  });

  it("are shown once, by their own names, where several harnesses are served as one", async () => {
    const shelf = new Shelf("take");
    const plugins = [
      fakePlugin({ name: "uno", driver: true, headers: true }),
      fakePlugin({ name: "duo", driver: true, headers: true }),
      pluginOf(shelf),
    ];
    const h2m = await serve({ harnesses: ["uno", "duo"], plugins });
    const client = await connected(h2m);

    const names = await client.names();
    expect(names.filter((name) => name.includes("take"))).toEqual(["take"]);
    expect(names).toEqual(expect.arrayContaining(["uno_echo", "duo_echo"]));
    expect(await client.text("take")).toBe("take ran");
    expect(await client.text("duo_echo", { text: "x" })).toBe("x");

    shelf.handlers.set("put", async () => textResult("put ran"));
    shelf.tell({ type: "tools" });
    await until("the list has changed", () => client.changes() > 0);
    expect(await client.names()).toContain("put");
    expect(await client.text("put")).toBe("put ran");
  });

  it("follow the same rules as the harness's: names, questions, limits, arguments, hooks", async () => {
    const events: Parameters<HookEvents["call:end"]>[0][] = [];
    const h2m = await beside(new Shelf("take", "hidden"), {
      tools: {
        exclude: ["hidden"],
        rename: { take: "grab" },
        confirm: ["grab", "take"],
        limits: { perMinute: 3 },
      },
    });
    h2m.on("call:end", (event) => events.push(event));
    const session = h2m.sessions.open({});
    const names = (await session.tools()).map(({ name }) => name);
    const asked: string[] = [];
    const confirm = async ({ tool }: { tool: string }) => {
      asked.push(tool);
      return { answer: "accept" as const };
    };

    expect(names).toContain("grab");
    expect(names).not.toContain("hidden");
    expect((await session.call("grab", { size: 1 }, { confirm })).content).toEqual([
      { type: "text", text: "take ran" },
    ]);
    expect(asked).toEqual(["grab"]);
    expect(events[0]).toMatchObject({
      name: "grab",
      own: "take",
      sent: [{ name: "take", arguments: { size: 1 } }],
    });
    expect(await session.call("grab", { size: "x" }, { confirm })).toMatchObject({ isError: true });
    expect(await session.call("grab", {})).toMatchObject({ isError: true });
    await session.call("grab", {}, { confirm });
    await session.call("grab", {}, { confirm });
    expect(JSON.stringify(await session.call("grab", {}, { confirm }))).toContain(
      "3 calls in a minute",
    );
  });

  it("tell clients when their list changes", async () => {
    const shelf = new Shelf("take");
    const client = await connected(await beside(shelf));
    await client.names();

    shelf.handlers.set("put", async () => textResult("put ran"));
    shelf.handlers.delete("take");
    shelf.tell({ type: "tools" });

    await until("the list has changed", () => client.changes() > 0);
    expect(await client.names()).toEqual(expect.arrayContaining(["put", "echo"]));
    expect(String(await failure(client.call("take")))).toContain("There is no tool `take`");
  });

  it("end at their deadline, also where they do not listen to it", async () => {
    const shelf = new Shelf("take");
    shelf.handlers.set("take", () => new Promise(() => {}));
    const session = (await beside(shelf, { timeouts: { call: 200 } })).sessions.open({});

    expect(await failure(session.call("take", {}))).toMatchObject({ code: "timeout" });
  });

  it("are given up by their client", async () => {
    const shelf = new Shelf("take");
    const control = new AbortController();
    let given: AbortSignal | undefined;
    shelf.handlers.set("take", (_, { signal }) => {
      given = signal;
      control.abort();
      return new Promise(() => {});
    });
    const session = (await beside(shelf)).sessions.open({});

    const call = session.call("take", {}, { signal: control.signal });

    expect(await failure(call)).toMatchObject({ code: "cancelled" });
    expect(given?.aborted).toBe(true);
  });

  it("have time while a person thinks, and no more afterwards", async () => {
    const shelf = new Shelf("take");
    shelf.handlers.set("take", async (_, { elicit, signal }) => {
      await elicit?.(
        { mode: "form", message: "?", requestedSchema: { type: "object", properties: {} } },
        signal,
      );
      return new Promise(() => {});
    });
    const session = (await beside(shelf, { harnesses: [], timeouts: { call: 300 } })).sessions.open(
      {},
    );
    let answered = false;
    const elicit = async () => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      answered = true;
      return { action: "accept" as const };
    };

    expect(await failure(session.call("take", {}, { elicit }))).toMatchObject({ code: "timeout" });
    expect(answered).toBe(true);
  });

  it("tell progress", async () => {
    const shelf = new Shelf("take");
    shelf.handlers.set("take", async (_, { onProgress }) => {
      onProgress("half");
      return textResult("whole");
    });
    const session = (await beside(shelf)).sessions.open({});
    const told: string[] = [];

    await session.call("take", {}, { onProgress: (text) => told.push(text) });

    expect(told).toEqual(["half"]);
  });

  it("name their plugin where they throw, and the server lives on", async () => {
    const shelf = new Shelf("take", "throw");
    shelf.handlers.set("throw", () => {
      throw new TypeError("thrown on purpose");
    });
    const session = (await beside(shelf)).sessions.open({});

    const error = await failure(session.call("throw", {}));

    expect(error.message).toContain("The plugin `shelves` failed in `call`");
    expect((await session.call("take", {})).isError).toBeFalsy();
  });

  it("are listed without those that do not come in time", async () => {
    const shelf = new Shelf("take");
    shelf.ready = () => new Promise(() => {});
    const session = (await beside(shelf, { timeouts: { connect: 3_000 } })).sessions.open({});

    expect((await session.tools()).map(({ name }) => name)).toContain("take");
  });

  it("that were late once are waited for no more", async () => {
    const shelf = new Shelf("take");
    let asked = 0;
    shelf.ready = () => {
      asked++;
      return new Promise(() => {});
    };
    const h2m = await beside(shelf, { harnesses: [], timeouts: { connect: 300 } });
    const session = h2m.sessions.open({});
    for (let i = 0; i < 5; i++) await session.tools();

    expect(asked).toBe(1);
  });

  it("may not be called as a tool of the harness is: the error names both", async () => {
    const session = (await beside(new Shelf("pid"))).sessions.open({});

    expect(await failure(session.tools())).toMatchObject({
      code: "name-clash",
      message: "fake and shelf both have a tool `pid`.",
    });
  });

  it("may not be called as one of another provider: that is told at the start", async () => {
    const plugins = [pluginOf(new Shelf("take"), new Shelf("take"))];

    expect(await failure(serve({ plugins }))).toMatchObject({
      code: "name-clash",
      message: expect.stringContaining("shelf has two tools `take`"),
    });
  });

  it("may not take such a name later: the list before it stays, and that is told", async () => {
    const shelf = new Shelf("take");
    const other = new Shelf("give");
    const h2m = await serve({ plugins: [pluginOf(shelf, other)] });
    const errors: string[] = [];
    h2m.on("error", ({ error }) => errors.push(error.message));
    const session = h2m.sessions.open({});

    other.handlers.set("take", async () => textResult("the other's"));
    other.tell({ type: "tools" });

    expect(errors).toEqual(["shelf has two tools `take`."]);

    expect((await session.tools()).map(({ name }) => name)).toEqual(["take", "give"]);
    expect((await session.call("take", {})).content).toEqual([{ type: "text", text: "take ran" }]);
  });

  it("may not be called as a tool that a harness is known to have: told at the start", async () => {
    const plugins = [pluginOf(new Shelf("Read"))];

    expect(await failure(serve({ harnesses: ["claude"], plugins }))).toMatchObject({
      code: "name-clash",
      message: "claude and shelf both have a tool `Read`.",
    });
  });

  it("are told of by notices", async () => {
    const shelf = new Shelf("take");
    const h2m = await beside(shelf);
    const told: string[] = [];
    h2m.on("warning", ({ message }) => told.push(message));
    const session = h2m.sessions.open({});
    session.on("notice", (message) => told.push(message));

    shelf.tell({ type: "notice", message: "the shelf is full", level: "warning" });

    expect(told).toEqual(["the shelf is full", "the shelf is full"]);
  });

  it("leave nothing behind when sessions end", async () => {
    const shelf = new Shelf("take");
    const h2m = await beside(shelf);
    const sessions = [1, 2, 3].map(() => h2m.sessions.open({}));
    await Promise.all(sessions.map((session) => session.close()));
    const errors: H2mError[] = [];
    h2m.on("error", ({ error }) => errors.push(error));

    shelf.handlers.set("put", async () => textResult("x"));
    shelf.tell({ type: "tools" });

    expect(errors).toEqual([]);
    expect(shelf.listeners.size).toBe(1);
    await h2m.close();
    expect(shelf.listeners.size).toBe(0);
  });
});
