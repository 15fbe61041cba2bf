import { describe, expect, it } from "vitest";
import { attached, told } from "../helpers/attached.ts";
import { textIn } from "../helpers/clients.ts";
import { allTools, fakePlugin } from "../../src/testing.ts";
import { ATTACH_KEY, connected, serve, serveFake } from "../helpers/server.ts";
import { failure, until } from "../helpers/until.ts";

const only = (...names: string[]) => allTools().filter(({ name }) => names.includes(name));

describe("a harness that the user starts", () => {
  it("is served at bare `/mcp` with the bare key", async () => {
    const h2m = await serve();
    const harness = attached(h2m, { tools: only("echo", "pid") });
    const reply = await harness.turn();
    const client = await connected(h2m);

    expect(await client.names()).toEqual(["echo", "pid"]);
    const result = client.text("echo", { text: "x" });
    await harness.next([told(await reply.expectCall(), "answer")]);

    expect(await result).toBe("answer");
  });

  it("is served at `/mcp/<name>` with `<key>.<name>`, and alone also at bare `/mcp`", async () => {
    const h2m = await serve();
    await attached(h2m, { key: `${ATTACH_KEY}.mine`, tools: only("pid") }).turn();

    expect(await (await connected(h2m, "/mine")).names()).toEqual(["pid"]);
    expect(await (await connected(h2m)).names()).toEqual(["pid"]);
  });

  it("stands beside others: the bare one is at bare `/mcp`, each named one at its name", async () => {
    const h2m = await serve();
    await attached(h2m, { tools: only("echo") }).turn();
    await attached(h2m, { key: `${ATTACH_KEY}.a`, tools: only("pid") }).turn();
    await attached(h2m, { key: `${ATTACH_KEY}.b`, tools: only("big") }).turn();

    const lists = ["", "/a", "/b"].map(async (path) => (await connected(h2m, path)).names());

    expect(await Promise.all(lists)).toEqual([["echo"], ["pid"], ["big"]]);
  });

  it("leaves the choice to the client if several are named and none is bare", async () => {
    const h2m = await serve();
    await attached(h2m, { key: `${ATTACH_KEY}.a` }).turn();
    await attached(h2m, { key: `${ATTACH_KEY}.b` }).turn();
    const client = await connected(h2m);

    const error = await failure(client.names());

    expect(error.message).toContain("/mcp/a");
    expect(error.message).toContain("/mcp/b");
  });

  it("tells its own clients, and those of bare `/mcp`, of another list by that, and of nothing else", async () => {
    const h2m = await serve();
    const harness = attached(h2m, { key: `${ATTACH_KEY}.mine`, tools: only("echo") });
    const heard: unknown[] = [];
    for (const target of [{}, { attached: "mine" }]) {
      const session = h2m.sessions.open(target);
      session.join();
      session.on("tools", () => void heard.push("tools"));
      session.on("notice", (message) => void heard.push(message));
    }
    await harness.turn();
    await until("its first list", () => heard.length === 2);

    await harness.turn({ tools: only("pid") });

    await until("its next list", () => heard.length >= 4);
    expect(heard).toEqual(["tools", "tools", "tools", "tools"]);
  });

  it("is waited for, up to `timeouts.connect`", async () => {
    const h2m = await serve();
    const client = await connected(h2m);
    const waiting = client.names();
    const calling = client.text("echo", { text: "x" });
    const harness = attached(h2m, { tools: only("echo") });

    const reply = await harness.turn();

    expect(await waiting).toEqual(["echo"]);
    await harness.next([told(await reply.expectCall(), "came")]);
    expect(await calling).toBe("came");
  });

  it("that does not come in time is an error that says how to start one", async () => {
    const h2m = await serve({ timeouts: { connect: 200 } });

    for (const path of ["", "/later"]) {
      const error = await failure((await connected(h2m, path)).names());
      expect(error.message).toContain("No harness has attached within 0.2 s");
      expect(error.message).toContain("a line that `h2m` printed");
      expect(error.message).toContain("type a first prompt in it");
    }
  });

  it("cannot take the name of a harness, nor one that is no name", async () => {
    const h2m = await serve();

    for (const [name, reason] of [
      ["claude", "choose another"],
      ["Not_A_Name", "cannot be the name"],
      ["", "cannot be the name"],
    ]) {
      const harness = attached(h2m, { key: `${ATTACH_KEY}.${name}` });
      const response = await harness.post(JSON.stringify(harness.body()));
      expect(response.status).toBe(400);
      expect(await response.text()).toContain(reason);
    }
  });

  it("may attach beside harnesses that h2m starts", async () => {
    const h2m = await serveFake({ driver: true });
    await attached(h2m, { key: `${ATTACH_KEY}.mine`, tools: only("pid") }).turn();

    expect(await (await connected(h2m, "/mine")).names()).toEqual(["pid"]);
    expect(await (await connected(h2m)).names()).toContain("echo");
  });

  it("attaches with any key under `auth: false`, but never with a host key", async () => {
    const h2m = await serve({
      harnesses: ["fake"],
      plugins: [fakePlugin({ driver: true })],
      server: { auth: false, token: undefined, attachKey: undefined },
    });
    await attached(h2m, { key: "whatever.mine", tools: only("pid") }).turn();
    const forged = attached(h2m, { key: `h2mhost_${"0".repeat(32)}` });

    const refused = await forged.post(JSON.stringify(forged.body()));

    expect(await (await connected(h2m, "/mine")).names()).toEqual(["pid"]);
    expect(refused.status).toBe(401);
  });

  it("may begin a new conversation: it is the root then, and its list the list", async () => {
    const h2m = await serve({ heartbeat: 20 });
    const older = await attached(h2m, { tools: only("echo") }).turn();
    const client = await connected(h2m);
    await client.names();

    older.leave();
    await until("the new one is held", async () => {
      const reply = await attached(h2m, { tools: only("pid"), prompt: "Anew." }).turn();
      // The server may not know yet that the older one is gone.
      await until("an answer", () => reply.end ?? reply.counted > 3);
      return reply.end === undefined;
    });

    expect(await client.names()).toEqual(["pid"]);
    await until("the change is told", () => client.changes() > 0);
  });

  it("that hung up and does not come back ends its session within `timeouts.connect`", async () => {
    const h2m = await serve({ timeouts: { connect: 200 } });
    const reply = await attached(h2m).turn();
    const session = h2m.sessions.open({});
    await session.tools();

    reply.leave();
    await until("the session is gone", () => h2m.sessions.list().length === 0);

    const error = await failure(session.call("echo", { text: "x" }));
    expect(error.message).toContain("No harness has attached within 0.2 s");
  });
});

describe("an attached harness without headers", () => {
  it("fails a call whose result its next turn lacks, though it brings no other", async () => {
    const h2m = await serve();
    const harness = attached(h2m);
    const reply = await harness.turn();
    const session = h2m.sessions.open({});
    const call = failure(session.call("echo", { text: "x" }));
    const sent = await reply.expectCall();

    const next = await harness.next([], { calls: [sent] });

    expect((await call).code).toBe("outcome-unknown");
    const again = session.call("echo", { text: "again" });
    expect((await next.expectCall()).arguments).toEqual({ text: "again" });
    await harness.next([told(await next.expectCall(), "fine")]);
    expect(textIn(await again)).toBe("fine");
  });

  it("ignores results of calls that were never sent, and those it knows already", async () => {
    const h2m = await serve();
    const harness = attached(h2m);
    const reply = await harness.turn();
    const session = h2m.sessions.open({});
    const result = session.call("echo", { text: "x" });
    const sent = await reply.expectCall();
    const forged = { ...sent, id: "call_that_never_was" };

    const next = await harness.next([told(forged, "forged"), told(sent, "true")]);
    const second = session.call("echo", { text: "y" });
    const another = await next.expectCall();
    await harness.next([told(another, "second")]);

    expect(textIn(await result)).toBe("true");
    expect(textIn(await second)).toBe("second");
  });
});
