import { Child } from "../processes.mjs";
import { figures, quantile, table } from "../statistics.mjs";
import { startIncumbent } from "./incumbent.mjs";
import { CALLS, holds, openSession, withFolder, withServer } from "./work.mjs";

/** Calls of one contestant before the next one's turn. */
const BLOCK = 10;

/**
 * One call after another through h2m in open and in closed turns, block by block in turn with the harness driven by the barest
 * of LLM servers (h2m's share is the difference) and, for Claude Code, with its own MCP server.
 */
export async function rates(dist, harness, { quick, print }) {
  const calls = quick ? 30 : 100;
  const rows = [["tool", "who", "p50 ms", "p95 ms", "x bare", "first list ms"]];
  await withFolder(4 * calls, (cwd) =>
    withServer(dist, { cwd, harnesses: [harness], closed: [harness] }, async (server) => {
      const contestants = await start(server, harness, cwd);
      try {
        for (const work of CALLS[harness])
          rows.push(...(await compare(contestants, work, calls, cwd)));
      } finally {
        for (const { stop } of contestants) await stop();
      }
    }),
  );
  print(`\n${harness}, one call after another\n\n${table(rows, 2)}`);
}

async function start(server, harness, cwd) {
  const all = [];
  for (const [who, name] of [
    ["h2m, open turn", harness],
    ["h2m, closed turns", `${harness}-closed`],
  ]) {
    const { client, first } = await openSession(server, name);
    all.push({ who, first, tool: (...call) => client.tool(...call), stop: () => client.end() });
  }
  if (harness !== "opencode") all.push(await bare(harness, cwd));
  if (harness === "claude") {
    const incumbent = await startIncumbent(cwd);
    all.push({ who: "claude mcp serve", ...incumbent });
  }
  return all;
}

/** The harness without h2m. Its time of a call is taken here too, so the message to its driver is in it. */
async function bare(harness, cwd) {
  const child = await Child.start("bare.mjs", [harness, cwd]);
  return {
    who: "bare open turn",
    first: child.ready.first,
    tool: async (tool, args) => ({ content: [await child.ask({ tool, args })] }),
    stop: () => child.stop(),
  };
}

async function compare(contestants, [tool, args, expected], calls, cwd) {
  const times = contestants.map(() => []);
  for (let from = -BLOCK; from < calls; from += BLOCK) {
    for (const [index, contestant] of contestants.entries()) {
      for (let at = from; at < from + BLOCK; at++) {
        // Each has its own files; those of the warm-up are shared.
        const n = at < 0 ? at : at + index * calls;
        const started = performance.now();
        const result = await contestant.tool(tool, args(n, cwd));
        if (at >= 0) times[index].push(performance.now() - started);
        holds(result, expected(n));
      }
    }
  }
  const reference = contestants.findIndex(({ who }) => who === "bare open turn");
  const limit = reference === -1 ? Number.NaN : quantile(times[reference], 0.5);
  return contestants.map(({ who, first }, index) => {
    const p50 = quantile(times[index], 0.5);
    const factor = Number.isNaN(limit) ? "" : (p50 / limit).toFixed(2);
    const p95 = figures(quantile(times[index], 0.95));
    return [index === 0 ? tool : "", who, figures(p50), p95, factor, figures(first)];
  });
}
