import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Cli, emptyFolder, fakeConfig, put as putInto, start, useCli } from "./helpers/cli.ts";
import { connect } from "./helpers/clients.ts";
import { until } from "./helpers/until.ts";

const world = useCli();
// Each test starts two or three processes that load a config.
vi.setConfig({ testTimeout: 180_000 });
const TOKEN = "reload-token";
const servers: Cli[] = [];
afterEach(async () => {
  for (const { child, ended } of servers.splice(0)) {
    child.kill("SIGTERM");
    await ended;
  }
}, 60_000);

const write = (more: string) => world.put("h2m.config.mjs", fakeConfig({}, more));

/** A server with the config of the folder. Nobody has told it to read that again. */
async function served(...more: string[]): Promise<{ h2m: Cli; url: string; port: string }> {
  const h2m = world.start("--port", "0", "--token", TOKEN, ...more);
  servers.push(h2m);
  return { h2m, ...(await listening(h2m)) };
}

async function listening(h2m: Cli): Promise<{ url: string; port: string }> {
  // Loading a config takes seconds on a busy machine.
  const look = () => /(http:\S+:(\d+)\/mcp)\b/.exec(h2m.stderr());
  const [, url = "", port = ""] = await until("it listens", look, 60_000);
  return { url, port };
}

async function toolsOf(url: string): Promise<string[]> {
  const client = await connect("v1", url, TOKEN);
  try {
    return await client.names();
  } finally {
    await client.close();
  }
}

describe("a config file that is written while h2m runs", () => {
  it("does nothing, neither to running sessions nor to new ones, and its code does not run", async () => {
    await write('tools: { exclude: ["echo"] },');
    const { h2m, url } = await served();
    const client = await connect("v1", url, TOKEN);
    expect(await client.names()).not.toContain("echo");

    await write('tools: (console.error("THE CODE RAN"), { include: ["*"] }),');
    // What a watched file would have done by now is seen in a server that watches.
    const watching = await served("--config", await watched("w.config.mjs", ""));
    await watched("w.config.mjs", "sessions: { max: 3 },");
    await watching.h2m.says(/the config was read anew/);

    expect(await client.names()).not.toContain("echo");
    expect(await toolsOf(url)).not.toContain("echo");
    expect(h2m.stderr()).not.toContain("THE CODE RAN");
    expect(h2m.stderr()).not.toContain("read anew");
    await client.close();
  });

  it("is applied at once with `watch`; a broken one is told, and the old one stays", async () => {
    await write("watch: true,");
    const { h2m, url } = await served();

    await write('watch: true, tools: { exclude: ["echo"] },');
    await h2m.says(/the config was read anew: new sessions take `tools\.exclude`/);
    await world.put("h2m.config.mjs", "export default {");
    await h2m.says(/cannot be used, so the old one stays\. The config file `\S+h2m\.config\.mjs/);

    const names = await toolsOf(url);
    expect(names).not.toContain("echo");
    expect(names).toContain("pid");
  });

  it("is read on SIGHUP", async () => {
    await write("");
    const { h2m, url } = await served();

    await write('tools: { exclude: ["echo"] }, heartbeat: 5,');
    h2m.child.kill("SIGHUP");
    await h2m.says(
      /read anew: new sessions take `tools\.exclude`; restart for `plugins`, `heartbeat`/,
    );

    expect(await toolsOf(url)).not.toContain("echo");
  });

  it("is read on SIGHUP over stdio too", async () => {
    await write("");
    const h2m = world.start("--stdio");
    servers.push(h2m);
    await h2m.says(/config/);

    await write("sessions: { max: 3 },");
    h2m.child.kill("SIGHUP");

    await h2m.says(/read anew: new sessions take `sessions\.max`/);
  });

  it("without one SIGHUP does nothing", async () => {
    const { h2m, url } = await served("--no-config");

    h2m.child.kill("SIGHUP");
    await h2m.says(/there is no config file to read anew/);

    expect((await fetch(url.replace("/mcp", "/health"))).status).toBe(200);
  });
});

describe("`h2m reload`", () => {
  const reload = (port: string, ...more: string[]) =>
    world.run("reload", "--port", port, "--token", TOKEN, ...more);

  it("makes the running server read it, and says what became of it", async () => {
    await write("");
    const { url, port } = await served();

    await write('tools: { exclude: ["echo"] }, log: { level: "info" },');
    const first = await reload(port);
    const second = await reload(port);

    expect(first).toMatchObject({ code: 0, err: "" });
    // The plugin is made in the file itself: nobody can see that it is the same.
    expect(first.out).toMatch(
      /^\S+h2m\.config\.mjs: new sessions take `tools\.exclude`; restart for `plugins`\n$/,
    );
    expect(second.out).toMatch(/h2m\.config\.mjs: restart for `plugins`\n$/);
    expect(await toolsOf(url)).not.toContain("echo");
  });

  it("ends with 1 where it would allow more than the start did", async () => {
    await write('tools: { exclude: ["echo"] },');
    const { url, port } = await served();

    await write("");
    const { code, out } = await reload(port);

    expect(code).toBe(1);
    expect(out).toContain("restart to allow more by `tools.exclude`");
    expect(await toolsOf(url)).not.toContain("echo");
  });

  it("is not misled by a config that was made beside the one of the start", async () => {
    await write("");
    const { h2m, url, port } = await served();

    await world.put("h2m.config.ts", 'console.error("THE CODE RAN"); export default {};');
    const { code } = await reload(port, "--config", "h2m.config.mjs");

    expect(code).toBe(2);
    expect(h2m.stderr()).toContain("h2m.config.ts` would be loaded instead");
    expect(h2m.stderr()).not.toContain("THE CODE RAN");
    expect(await toolsOf(url)).toContain("echo");
  });

  it("tells the token to nobody who does not know it", async () => {
    await write("");
    const heard: string[] = [];
    const thief = createServer((request, response) => {
      heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      response.setHeader("h2m-proof", "A".repeat(43));
      response.end('{"status":"ok","version":"0.1.0"}');
    });
    await new Promise<void>((resolve) => thief.listen(0, "127.0.0.1", resolve));
    const { port } = thief.address() as AddressInfo;

    const { code, err } = await reload(String(port));
    thief.close();

    expect(code).toBe(1);
    expect(err).toContain("does not know the token");
    expect(heard).toHaveLength(1);
    expect(heard.join()).not.toContain(TOKEN);
  });
});

describe("a server whose config stays that of its start", () => {
  // The server is one for all of them: nothing that is asked of it here changes it.
  let [folder, url, port] = ["", "", ""];
  let server: Cli;
  const put = (name: string, text: string) => putInto(folder, name, text);
  const reload = (...more: string[]) =>
    world.runWith({ cwd: folder }, "reload", "--port", port, "--token", TOKEN, ...more);
  beforeAll(async () => {
    folder = await emptyFolder();
    await put("h2m.config.mjs", fakeConfig({}));
    server = start(world.cli, ["--port", "0", "--token", TOKEN], { cwd: folder });
    ({ url, port } = await listening(server));
  }, 120_000);
  afterEach(() => put("h2m.config.mjs", fakeConfig({})));
  afterAll(async () => {
    server.child.kill("SIGTERM");
    await server.ended;
    await rm(folder, { recursive: true, force: true });
  });

  it("is told the config's error with 2 where it cannot be used", async () => {
    await put("h2m.config.mjs", fakeConfig({}, "tools: { excluded: [] },"));
    const { code, err } = await reload();

    expect(code).toBe(2);
    expect(err).toContain("excluded");
    expect(await toolsOf(url)).toContain("echo");
  });

  it("ends `h2m reload` with 2 where it was started with another file", async () => {
    expect((await reload()).out).toMatch(/h2m\.config\.mjs: nothing is different\n$/);
    await put("other.config.mjs", fakeConfig());

    const { code, err } = await reload("--config", "other.config.mjs");

    expect(code).toBe(2);
    expect(err).toMatch(/was started with `\S+h2m\.config\.mjs`, not with `\S+other\.config\.mjs`/);
  });

  it("is not found where nobody listens, nor opened by another token", async () => {
    const wrong = await reload("--token", "another");
    const none = await freePort();
    const nobody = await reload("--port", none);

    expect([wrong.code, nobody.code]).toEqual([1, 1]);
    expect(wrong.err).toContain("does not know the token");
    expect(nobody.err).toContain(`No h2m answers at http://127.0.0.1:${none}:`);
  });

  it("needs the token at its route", async () => {
    const route = url.replace("/mcp", "/reload");
    const post = (headers: Record<string, string>) =>
      fetch(route, { method: "POST", headers: { "content-type": "application/json", ...headers } });

    expect((await post({})).status).toBe(401);
    expect((await post({ authorization: "Bearer nonsense" })).status).toBe(401);
    expect((await post({ authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    const origin = { origin: "https://evil.example", authorization: `Bearer ${TOKEN}` };
    expect((await post(origin)).status).toBe(403);
  });
});

/** A config that is watched. */
async function watched(name: string, more: string): Promise<string> {
  await world.put(name, fakeConfig({}, `watch: true, ${more}`));
  return name;
}

/** A port at which nobody listens any more. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  return String(port);
}
