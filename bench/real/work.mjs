import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McpClient } from "../client.mjs";
import { startServer } from "../processes.mjs";

/** For each harness: tool, arguments of the n-th call, and what its result must hold. */
export const CALLS = {
  claude: [
    ["Bash", (n) => ({ command: `echo number ${n}` }), (n) => `number ${n}`],
    ["Read", (n, cwd) => ({ file_path: join(cwd, `${n}.txt`) }), (n) => `file ${n}`],
  ],
  codex: [
    // A login shell would read the user's profile, which takes what it takes.
    ["exec_command", (n) => ({ cmd: `echo number ${n}`, login: false }), (n) => `number ${n}`],
    ["apply_patch", (n) => ({ input: patch(n) }), () => "Success"],
  ],
  opencode: [
    ["bash", (n) => ({ command: `echo number ${n}`, description: "prints" }), (n) => `number ${n}`],
    ["read", (n, cwd) => ({ filePath: join(cwd, `${n}.txt`) }), (n) => `file ${n}`],
  ],
};

/** A slow command, which a quick one need not wait for. */
export const SLOW = {
  claude: ["Bash", { command: "sleep 5" }],
  codex: ["exec_command", { cmd: "sleep 5", login: false }],
  opencode: ["bash", { command: "sleep 5", description: "sleeps" }],
};

/**
 * A folder with the files that the calls read, and `-1.txt` for those that do not count: a harness may answer a second reading
 * of one with a word that it knows it.
 */
export async function withFolder(files, act) {
  // Not `h2m-…`: those are folders of harnesses, which Claude Code is kept from reading.
  const cwd = await mkdtemp(join(tmpdir(), "bench-h2m-"));
  try {
    for (let n = -1; n < files; n++) await writeFile(join(cwd, `${n}.txt`), `file ${n}\n`);
    return await act(cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** A server that offers the harnesses, and ends with the act. */
export async function withServer(dist, config, act) {
  const server = await startServer(dist, {
    config: { plugins: [], timeouts: { connect: 120_000 }, ...config },
  });
  try {
    return await act(server);
  } finally {
    await server.stop();
  }
}

/** A client with a session of its own. `first`: milliseconds until it had the tool list. */
export async function openSession(server, harness) {
  const client = new McpClient(`${server.ready.mcpUrl}/${harness}`, "bench-token");
  const started = performance.now();
  await client.initialize();
  await client.list();
  return { client, first: performance.now() - started };
}

/** @throws if the result is not the one to this very call */
export function holds(result, expected) {
  const text = result.content.map((block) => block.text ?? "").join("");
  if (result.isError || !text.includes(expected)) throw new Error(`Not as expected: ${text}`);
}

function patch(n) {
  return `*** Begin Patch\n*** Add File: patched/${n}.txt\n+line ${n}\n*** End Patch`;
}
