import { rssOf } from "../memory.mjs";
import { figures, quantile, table } from "../statistics.mjs";
import { openSession, withFolder, withServer } from "./work.mjs";

/** How many sessions are opened. Claude Code has a process for each. */
const SESSIONS = { claude: 5, codex: 50, opencode: 30 };
const PAUSE = 2_000;

/** Time to a new session's tool list and memory of all hosts; of Claude Code also from a warm host. */
export async function sessions(dist, harness, { quick, print }) {
  const rows = [["sessions", "first list ms", "list p50 ms", "list p95 ms", "processes", "MB"]];
  const count = quick ? Math.ceil(SESSIONS[harness] / 5) : SESSIONS[harness];
  await withFolder(0, async (cwd) => {
    await withServer(dist, { cwd, harnesses: [harness] }, async (server) => {
      rows.push([String(count), ...(await openAll(server, harness, count, 0))]);
    });
    await withServer(dist, { cwd, harnesses: { [harness]: { warm: 1 } } }, async (server) => {
      await pause(4 * PAUSE);
      rows.push(["5, warm: 1", ...(await openAll(server, harness, 5, PAUSE))]);
    });
  });
  print(`\n${harness}, one session after another\n\n${table(rows)}`);
}

async function openAll(server, harness, count, wait) {
  const open = [];
  const times = [];
  for (let at = 0; at < count; at++) {
    const { client, first } = await openSession(server, harness);
    open.push(client);
    times.push(first);
    await pause(wait);
  }
  const { hosts } = await server.usage();
  const memory = figures((await rssOf(hosts)) / 1024 / 1024);
  for (const client of open) await client.end();
  const [first, ...others] = times;
  return [
    figures(first),
    figures(quantile(others, 0.5)),
    figures(quantile(others, 0.95)),
    String(hosts.length),
    memory,
  ];
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
