import { expect, it } from "vitest";
import { connect } from "./helpers/clients.ts";
import { fakeConfig, useCli } from "./helpers/cli.ts";

const cli = useCli();
const TOKEN = "a-token-of-the-test";

/** What a server says when it starts, and its address. */
async function greeted(...args: string[]) {
  const server = cli.start("--port", "0", "--token", TOKEN, ...args);
  await server.says(/Connect a client[^]*mcpServers.*\n/);
  const said = server.stderr();
  const urls = /MCP: +([^]*?)\n\n/.exec(said)?.[1]?.split(/\s+/) ?? [];
  // Only what is for a client over HTTP has a name in it, and each another.
  const names = said.match(/\bc-[a-z0-9]{6}\b/g) ?? [];
  const entry = JSON.parse(/^ +(\{"mcpServers".*"http".*\})$/m.exec(said)?.[1] ?? "null");
  const started = /claude mcp add h2m -- (.*)/.exec(said)?.[1];
  const own = /^ +(\{"mcpServers".*"command".*\})$/m.exec(said)?.[1];
  const end = async () => {
    server.child.kill("SIGTERM");
    await server.ended;
  };
  return { said, urls, names, entry, started, own: own && JSON.parse(own), end };
}

it("each line for a client names a session of its own, new at each start", async () => {
  await cli.put("h2m.config.mjs", fakeConfig());

  const [one, two] = [await greeted(), await greeted()];

  expect(one.names.length).toBe(2);
  expect(new Set([...one.names, ...two.names]).size).toBe(4);
  const { port } = new URL(one.urls[0] ?? "");
  expect(one.urls).toEqual([`http://127.0.0.1:${port}/mcp`, `http://127.0.0.1:${port}/mcp/fake`]);
  expect(one.said).toContain(
    `claude mcp add --transport http h2m http://127.0.0.1:${port}/mcp/fake/${one.names[0]} --header `,
  );
  expect(one.entry.mcpServers.h2m.url).toBe(`http://127.0.0.1:${port}/mcp/fake/${one.names[1]}`);
  // Two clients that were set up by two lines: two harnesses, though their revision has no sessions.
  const paths = one.names.map((name) => `${one.urls[1]}/${name}`);
  const clients = await Promise.all(paths.map((url) => connect("v2-2026", url, TOKEN)));
  const [first, second] = await Promise.all(clients.map((client) => client.text("pid")));
  expect(first).not.toBe(second);
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all([one.end(), two.end()]);
});

it("names the session by the header where several harnesses are one, and prints every URL", async () => {
  const two = `harnesses: ["uno", "duo"], workspaces: { docs: { harness: "duo", cwd: "." } },`;
  const plugins = `plugins: [fake({ name: "uno" }), fake({ name: "duo" })]`;
  await cli.put("h2m.config.mjs", fakeConfig({}, two + plugins));

  const { said, urls, names, entry, end } = await greeted();

  const [root = ""] = urls;
  expect(urls).toEqual([root, `${root}/uno`, `${root}/duo`, `${root}/duo/docs`]);
  expect(said).toContain(`http h2m ${root} --header 'h2m-session: ${names[0]}' --header `);
  expect(entry.mcpServers.h2m).toMatchObject({ url: root, headers: { "h2m-session": names[1] } });
  await end();
});

it("begins with stdio, by a line that starts this very program with this very config", async () => {
  await cli.put("h2m.config.mjs", fakeConfig());

  const { said, started, own, end } = await greeted("fake", "--profile", "readonly", "--cwd", ".");

  const rest = `--stdio --config ${cli.folder}/h2m.config.mjs --profile readonly --cwd ${cli.folder} fake`;
  expect(started).toMatch(/^node \S+cli\.mjs /);
  expect(started?.endsWith(` ${rest}`)).toBe(true);
  expect([own.mcpServers.h2m.command, ...own.mcpServers.h2m.args].join(" ")).toBe(started);
  expect(said.indexOf("--stdio")).toBeLessThan(said.indexOf("--transport http"));
  await end();
});

it("says nothing of sessions or stdio where a harness is to attach", async () => {
  const { said, urls, names, end } = await greeted("--no-config");

  expect(urls.length).toBe(1);
  expect(names).toEqual([]);
  expect(said).not.toContain("--stdio");
  expect(said).toContain(`http h2m ${urls[0]} `);
  await end();
});

it("at every address prints those that work: the names first", async () => {
  await cli.put("h2m.config.mjs", fakeConfig());
  const names = ["--allowed-host", "devbox.example,10.0.0.7", "--allowed-host=h2m.example:444"];

  const { said, urls, end } = await greeted("--host", "0.0.0.0", ...names);

  const port = new URL(urls[0] ?? "").port;
  expect(urls).toEqual([
    `http://devbox.example:${port}/mcp`,
    `http://devbox.example:${port}/mcp/fake`,
    `http://10.0.0.7:${port}/mcp`,
    "http://h2m.example:444/mcp",
    `http://127.0.0.1:${port}/mcp`,
  ]);
  expect(said).not.toContain("0.0.0.0");
  await end();
});

it("names of hosts that are none are wrong usage", async () => {
  const { code, err } = await cli.run("--allowed-host", "http://x");

  expect(code).toBe(2);
  expect(err).toContain("`--allowed-host` must be a host name");
});
