import { afterAll, beforeAll } from "vitest";
import { createH2m, type CreateOptions, type H2m, type H2mConfig } from "../../src/index.ts";
import { type FakeOptions, fakePlugin } from "../../src/testing.ts";
import { type ClientOptions, connect, type Era, type McpClient } from "./clients.ts";
import { atEnd } from "./file-world.ts";

export { atEnd, temporaryFiles } from "./file-world.ts";

/** Opens MCP of a test server. */
export const TOKEN = "token-of-the-test";
/** Opens the hijack API of a test server for harnesses that attach. */
export const ATTACH_KEY = "attach-key-of-the-test";

/** A server on a free port that keeps nothing in the state folder. It is closed after the test. */
export async function serve(config: H2mConfig = {}, options?: CreateOptions): Promise<H2m> {
  const h2m = await create(config, options);
  atEnd(() => h2m.close());
  return h2m;
}

function create(config: H2mConfig, options?: CreateOptions): Promise<H2m> {
  const whole: H2mConfig = {
    // No list of an earlier test, nor one for a later: harnesses of one name differ here in what no key knows of.
    catalog: false,
    ...config,
    timeouts: { connect: 10_000, ...config.timeouts },
    server: { port: 0, token: TOKEN, attachKey: ATTACH_KEY, ...config.server },
  };
  return createH2m(whole, options);
}

/** One fake harness and one client for all tests of a `describe`: starting a process for each costs more than the tests. */
export function sharedFake(
  options: FakeOptions = {},
  config: H2mConfig = {},
): () => { h2m: H2m; client: McpClient } {
  let shared: { h2m: H2m; client: McpClient } | undefined;
  beforeAll(async () => {
    const { name = "fake" } = options;
    const h2m = await create({ harnesses: [name], plugins: [fakePlugin(options)], ...config });
    shared = { h2m, client: await connect("v1", h2m.mcpUrl, h2m.token) };
  });
  afterAll(async () => {
    await shared?.client.close();
    await shared?.h2m.close();
  });
  return () => {
    if (!shared) throw new Error("`beforeAll` has not run.");
    return shared;
  };
}

/** A server with one fake harness. */
export function serveFake(options: FakeOptions = {}, config: H2mConfig = {}): Promise<H2m> {
  const { name = "fake" } = options;
  return serve({ harnesses: [name], plugins: [fakePlugin(options)], ...config });
}

/** A client of the server, closed after the test. `path` follows `/mcp`. */
export async function connected(
  h2m: H2m,
  path = "",
  era: Era = "v1",
  options: ClientOptions = {},
): Promise<McpClient> {
  const client = await connect(era, h2m.mcpUrl + path, h2m.token, options);
  // It may have left, or its server ended, in the course of the test.
  atEnd(() => client.close().catch(() => {}));
  return client;
}

/** A fake harness and a client of its own session. */
export async function fakeAndClient(
  options: FakeOptions = {},
  config: H2mConfig = {},
): Promise<{ h2m: H2m; client: McpClient }> {
  const h2m = await serveFake(options, config);
  return { h2m, client: await connected(h2m) };
}
