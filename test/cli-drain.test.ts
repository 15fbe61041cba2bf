import { afterEach, expect, it } from "vitest";
import { type Cli, fakeConfig, useCli } from "./helpers/cli.ts";
import { connect } from "./helpers/clients.ts";
import { until } from "./helpers/until.ts";

const h2m = useCli();
const running: Cli[] = [];
afterEach(async () => {
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});

/** A server with a call that runs for a while, and how both end. */
async function serving(drain: number) {
  await h2m.put("h2m.config.mjs", fakeConfig({}, `timeouts: { drain: ${drain} }`));
  const server = h2m.start("--port=0");
  running.push(server);
  const [, url = ""] = await server.says(/MCP: +(http:\S+)/);
  const token = (await h2m.run("token", "show")).out.trim();
  const client = await connect("v1", url, token);
  await client.names();
  const call = client
    .text("slow", { ms: 8_000, text: "done" })
    .catch((error: Error) => error.message);
  const sessions = async () => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(new URL("/sessions", url), { headers })).text();
  };
  await until("the call runs", async () => /"running":1/.test(await sessions()), 20_000);
  return { server, url, call, client, port: new URL(url).port };
}

it("a server that SIGTERM ends lets the calls that run end, if `timeouts.drain` says so", async () => {
  const { server, call } = await serving(60_000);

  server.child.kill("SIGTERM");

  expect(await call).toBe("done");
  expect(await server.ended).toBe(0);
  expect(server.stderr()).toContain("have 60 s to end");
});

it("by default, and after Ctrl-C, they end at once", async () => {
  const plain = await serving(0);
  plain.server.child.kill("SIGTERM");
  expect(await plain.call).not.toBe("done");
  expect(await plain.server.ended).toBe(0);

  const typed = await serving(60_000);
  typed.server.child.kill("SIGINT");
  expect(await typed.call).not.toBe("done");
  expect(await typed.server.ended).toBe(0);
});

it("`h2m drain` does the same to the running server", async () => {
  const { server, call, port } = await serving(60_000);

  expect(await h2m.run("drain", `--port=${port}`)).toMatchObject({
    code: 0,
    err: expect.stringContaining("ends when the calls that run (1) have ended"),
  });

  expect(await call).toBe("done");
  expect(await server.ended).toBe(0);
  expect((await h2m.run("drain", "now")).code).toBe(2);
});
