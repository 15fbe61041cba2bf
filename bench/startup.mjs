import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McpClient } from "./client.mjs";

/**
 * Milliseconds from the spawn of `h2m` to its listening and to an answer of `/health`; beside it a Node that does nothing. One
 * sheet for each build, in turn.
 */
export async function measureStartup(builds, times) {
  const state = await mkdtemp(join(tmpdir(), "h2m-bench-"));
  const found = builds.map(() => ({ node: [], listening: [], health: [] }));
  try {
    for (let at = 0; at < times; at++) {
      for (const [place, dist] of builds.entries()) {
        const sheet = found[place];
        sheet.node.push(await bareNode());
        const { listening, health } = await oneStart(join(dist, "cli.mjs"), state);
        sheet.listening.push(listening);
        sheet.health.push(health);
      }
    }
  } finally {
    await rm(state, { recursive: true, force: true });
  }
  return found;
}

/** Milliseconds of `initialize` for new sessions: the harness must not be waited for. */
export async function measureInitialize(mcpUrl, token, times) {
  const found = [];
  for (let at = 0; at < times; at++) {
    const client = new McpClient(mcpUrl, token);
    const started = performance.now();
    await client.initialize();
    found.push(performance.now() - started);
    await client.end();
  }
  return found;
}

async function bareNode() {
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", "process.stdout.write('x')"], {
    stdio: ["ignore", "pipe", 2],
  });
  await once(child.stdout, "data");
  const time = performance.now() - started;
  await once(child, "exit");
  return time;
}

async function oneStart(cli, state) {
  const port = await freePort();
  const started = performance.now();
  const child = spawn(process.execPath, [cli, "--no-config", "--port", String(port)], {
    cwd: state,
    env: { ...process.env, XDG_STATE_HOME: state },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exit = once(child, "exit");
  try {
    const listening = await said(child, `:${port}/mcp`).then(() => performance.now() - started);
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    if (!response.ok) throw new Error(`/health answered ${response.status}.`);
    return { listening, health: performance.now() - started };
  } finally {
    child.kill("SIGTERM");
    await exit;
  }
}

/** Waits until the program has printed the words on stderr. */
async function said({ stderr }, words) {
  let text = "";
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes(words)) {
      stderr.resume();
      return;
    }
  }
  throw new Error(`h2m ended without listening: ${text}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
