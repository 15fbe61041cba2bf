import { createServer } from "node:http";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RemoteSession } from "../src/cli/server/remote-session.ts";
import { serveFake, TOKEN } from "./helpers/server.ts";
import { fakeConfig, type Cli, useCli } from "./helpers/cli.ts";
import { failure } from "./helpers/until.ts";

const session = (url: string, token: string | undefined = TOKEN, harness?: string) =>
  new RemoteSession({ url, token, harness, patience: 20_000 });

describe("a running server", () => {
  it("lists and calls, also with large results and slow ones", async () => {
    const h2m = await serveFake({ driver: true });
    const remote = session(h2m.mcpUrl);

    expect(await remote.tool("echo")).toMatchObject({ inputSchema: { type: "object" } });
    expect(await remote.tool("ehco")).toBeUndefined();
    expect(await remote.call("echo", { text: "é" })).toMatchObject({
      content: [{ type: "text", text: "é" }],
    });
    expect((await remote.call("big", { n: 2_000_000 })).content).toMatchObject([
      { text: "x".repeat(2_000_000) },
    ]);
    expect(await remote.call("fail", { text: "no" })).toMatchObject({ isError: true });
    expect(
      await session(h2m.mcpUrl, TOKEN, "fake").call("slow", { ms: 200, text: "s" }),
    ).toMatchObject({ content: [{ text: "s" }] });
  });

  it("says what is wrong as it tells every client", async () => {
    const h2m = await serveFake({ driver: true });

    expect(await failure(session(h2m.mcpUrl).call("ehco", {}))).toMatchObject({
      code: "unknown-tool",
      message: expect.stringContaining("Did you mean `echo`?"),
    });
    expect(await failure(session(`${h2m.mcpUrl}/nobody`).call("echo", {}))).toBeInstanceOf(Error);
    expect(await failure(session(h2m.mcpUrl, "another").call("echo", {}))).toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining("does not know the token, so it was not told"),
    });
  });

  it("that is another program is never told the token", async () => {
    const heard: string[] = [];
    const other = createServer((request, response) => {
      heard.push(JSON.stringify(request.headers));
      response.setHeader("h2m-proof", "x.y").end("{}");
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };

    const error = await failure(session(`http://127.0.0.1:${port}/mcp`).call("echo", {}));
    other.close();

    expect(error).toMatchObject({ code: "unauthorized" });
    expect(heard).toHaveLength(1);
    expect(heard.join()).not.toContain(TOKEN);
  });

  it.each([
    "https://127.0.0.1:9330/mcp",
    "127.0.0.1:9330",
    "http://user:word@127.0.0.1/mcp",
    "http://127.0.0.1:9330/mcp?token=x",
  ])("cannot be %s", (url) => {
    expect(() => session(url)).toThrow(expect.objectContaining({ code: "bad-usage" }));
  });

  it("has one harness in its URL", () => {
    expect(() => session("http://127.0.0.1:1/mcp/fake", TOKEN, "fake")).toThrow("already");
    expect(() => session("http://127.0.0.1:1", TOKEN, "fake")).not.toThrow();
  });
});

describe("h2m call --url", () => {
  const world = useCli();
  let server: Cli;
  let url: string;
  beforeEach(async () => {
    await world.put("h2m.config.mjs", fakeConfig({}, "server: { port: 0 }"));
    server = world.start("--log-level", "debug");
    [, url = ""] = await server.says(/MCP: +(\S+\/mcp)/);
  });
  afterEach(async () => {
    server.child.kill("SIGKILL");
    await server.ended;
  });

  it("asks the running server, and starts no harness", async () => {
    const first = await world.run("call", "--url", url, "pid");
    const second = await world.run("call", "--url", url, "fake", "pid", "--json");
    const typed = await world.run("call", "--url", url, "big", "n=3");
    const unknown = await world.run("call", "--url", url, "ehco", "a=1");

    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\n$/), err: "" });
    expect(JSON.parse(second.out)).toMatchObject({ content: [{ text: first.out.trim() }] });
    expect(typed).toMatchObject({ code: 0, out: "xxx\n" });
    expect(unknown).toMatchObject({ code: 1, out: "" });
    expect(await world.run("call", "--url", url, "pid", "--yes")).toMatchObject({ code: 2 });
  });

  it("cancels the call when it is interrupted", async () => {
    const call = world.start("call", "--url", url, "slow", "ms=60000", "text=x");
    await server.says(/slow begins/);
    call.child.kill("SIGINT");

    expect(await call.ended).toBe(130);
    await server.says(/slow \d+ ms: .*cancelled/);
  });
});
