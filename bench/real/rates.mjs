import { Poster } from "../client.mjs";
import { Child } from "../processes.mjs";
import { figures, quantile, table } from "../statistics.mjs";
import { startIncumbent } from "./incumbent.mjs";
import { CALLS, holds, openSession, withFolder, withServer } from "./work.mjs";

/** Calls of one contestant before the next one's turn. */
const BLOCK = 10;
/** Calls of each that do not count: the programs on both sides compile what is hot. */
const WARM_UP = 100;

/**
 * One call after another through h2m in open and in closed turns, block by block in turn with the harness driven by the barest
 * of LLM servers (h2m's share is the difference) and, for Claude Code, with its own MCP server.
 */
export async function rates(dist, harness, { quick, print }) {
  const calls = quick ? 30 : 200;
  const rows = [["tool", "who", "p50 ms", "p95 ms", "x bare", "first list ms"]];
  await withFolder(5 * (WARM_UP + calls), (cwd) =>
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
  if (harness !== "opencode") all.push(...(await bare(harness, cwd)));
  if (harness === "claude") {
    const incumbent = await startIncumbent(cwd);
    all.push({ who: "claude mcp serve", ...incumbent });
  }
  return all;
}

/** The harness without h2m: asked by a message, whose time is in that of the call, and by the POST that every MCP call needs. */
async function bare(harness, cwd) {
  const child = await Child.start("bare.mjs", [harness, cwd]);
  const poster = new Poster(child.ready.url);
  const { first } = child.ready;
  return [
    {
      who: "bare open turn",
      first,
      tool: async (tool, args) => ({ content: [await child.ask({ tool, args })] }),
      stop: () => child.stop(),
    },
    {
      who: "the same, asked over HTTP",
      first,
      tool: async (tool, args) => ({
        content: [JSON.parse((await poster.post({ tool, args })).text)],
      }),
      stop: () => poster.close(),
    },
  ];
}

async function compare(contestants, [tool, args, expected], calls, cwd) {
  const times = contestants.map(() => []);
  const all = WARM_UP + calls;
  for (let from = 0; from < all; from += BLOCK) {
    for (const [index, contestant] of contestants.entries()) {
      for (let at = from; at < from + BLOCK; at++) {
        // Each has its own files.
        const n = at + index * all;
        const started = performance.now();
        const result = await contestant.tool(tool, args(n, cwd));
        if (at >= WARM_UP) times[index].push(performance.now() - started);
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
