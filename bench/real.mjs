import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McpClient } from "./client.mjs";
import { Child, startServer } from "./processes.mjs";
import { figures, quantile, table } from "./statistics.mjs";

const BLOCK = 10;

/** For each harness: tool, arguments of the n-th call, and what its result must hold. */
const CALLS = {
  claude: [
    ["Bash", (n) => ({ command: `echo number ${n}` }), (n) => `number ${n}`],
    ["Read", (n, cwd) => ({ file_path: join(cwd, `${n}.txt`) }), (n) => `file ${n}`],
  ],
  codex: [
    ["exec_command", (n) => ({ cmd: `echo number ${n}` }), (n) => `number ${n}`],
    ["apply_patch", (n) => ({ input: patch(n) }), () => "Success"],
  ],
  opencode: [
    ["bash", (n) => ({ command: `echo number ${n}`, description: "prints" }), (n) => `number ${n}`],
    ["read", (n, cwd) => ({ filePath: join(cwd, `${n}.txt`) }), (n) => `file ${n}`],
  ],
};

/**
 * Measures the real harnesses through h2m, one call after another; Claude Code also driven by the barest of LLM servers,
 * block by block in turn, which tells h2m's share from the harness's own and from the noise of the machine.
 */
export async function measureReal(dist, { names, quick, print }) {
  const calls = quick ? 30 : 100;
  const cwd = await mkdtemp(join(tmpdir(), "h2m-bench-"));
  // A file is read once: a harness may answer a second reading with a word that it knows it.
  for (let n = -BLOCK; n < calls; n++) await writeFile(join(cwd, `${n}.txt`), `file ${n}\n`);
  const rows = [["harness", "tool", "who", "p50 ms", "p95 ms", "first list ms"]];
  try {
    for (const harness of names.length > 0 ? names : Object.keys(CALLS)) {
      process.stderr.write(`${harness}\n`);
      try {
        rows.push(...(await measureHarness(dist, harness, cwd, calls)));
      } catch (error) {
        print(`\n${harness} was not measured: ${error.message}`);
      }
    }
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
  print(`\n${table(rows, 3)}`);
}

async function measureHarness(dist, harness, cwd, calls) {
  const server = await startServer(dist, { config: { harnesses: [harness], plugins: [], cwd } });
  const client = new McpClient(`${server.ready.mcpUrl}/${harness}`, "bench-token");
  let bare;
  try {
    bare = harness === "claude" ? await bareClaude(cwd) : undefined;
    const started = performance.now();
    await client.initialize();
    const tools = await client.list();
    const first = performance.now() - started;
    const rows = [];
    for (const [tool, args, expected] of CALLS[harness]) {
      if (!tools.some(({ name }) => name === tool)) throw new Error(`${harness} has no ${tool}.`);
      const through = async (n) => holds(await client.tool(tool, args(n, cwd)), expected(n));
      const direct = bare && ((n) => bare.call(tool, args(n, cwd), expected(n)));
      const [times, bareTimes] = await inTurn([through, direct].filter(Boolean), calls);
      rows.push([harness, tool, "through h2m", ...both(times), figures(first)]);
      if (bareTimes) rows.push(["", "", "bare open turn", ...both(bareTimes), figures(bare.first)]);
    }
    await client.end();
    return rows;
  } finally {
    client.close();
    await bare?.stop();
    await server.stop();
  }
}

/** Times of each way, measured in blocks by turns; the first block warms up and does not count. */
async function inTurn(ways, calls) {
  const times = ways.map(() => []);
  for (let from = -BLOCK; from < calls; from += BLOCK) {
    for (const [index, way] of ways.entries()) {
      for (let n = from; n < from + BLOCK; n++) {
        const started = performance.now();
        await way(n);
        if (n >= 0) times[index].push(performance.now() - started);
      }
    }
  }
  return times;
}

/** Claude Code without h2m. Its time of a call is taken here too, so the message to its driver is in it. */
async function bareClaude(cwd) {
  const child = await Child.start("bare.mjs", [cwd]);
  return {
    first: child.ready.first,
    call: async (tool, args, expected) =>
      holds({ content: [{ text: (await child.ask({ tool, args })).text }] }, expected),
    stop: () => child.stop(),
  };
}

function holds(result, expected) {
  const text = result.content.map((block) => block.text ?? "").join("");
  if (result.isError || !text.includes(expected)) throw new Error(`Not as expected: ${text}`);
}

function both(times) {
  return [figures(quantile(times, 0.5)), figures(quantile(times, 0.95))];
}

function patch(n) {
  return `*** Begin Patch\n*** Add File: patched/${n}.txt\n+line ${n}\n*** End Patch`;
}
