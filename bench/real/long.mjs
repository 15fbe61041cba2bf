import { rssOf } from "../memory.mjs";
import { figures, quantile, table } from "../statistics.mjs";
import { CALLS, holds, openSession, withFolder, withServer } from "./work.mjs";

/** Calls whose times are looked at together. */
const BLOCK = 100;

/** Thousands of calls in one session: the last hundred should cost what the first does, and memory should stay level. */
export async function long(dist, harness, { quick, print }) {
  const calls = quick ? 600 : 3_000;
  const rows = [["tool", "calls", "p50 ms", "p95 ms", "harness MB", "h2m MB"]];
  await withFolder(calls, (cwd) =>
    withServer(dist, { cwd, harnesses: [harness] }, async (server) => {
      for (const [tool, args, expected] of CALLS[harness]) {
        const { client } = await openSession(server, harness);
        let times = [];
        for (let n = -BLOCK; n < calls; n++) {
          const number = n < 0 ? -1 : n;
          const started = performance.now();
          const result = await client.tool(tool, args(number, cwd));
          times.push(performance.now() - started);
          if (n >= 0) holds(result, expected(number));
          if ((n + 1) % BLOCK !== 0) continue;
          const done = n + 1;
          if (done === BLOCK || done % Math.round(calls / 3) === 0) {
            const { rss, hosts } = await server.usage();
            const memory = await rssOf(hosts);
            rows.push([
              done === BLOCK ? tool : "",
              String(done),
              figures(quantile(times, 0.5)),
              figures(quantile(times, 0.95)),
              megabytes(memory),
              megabytes(rss),
            ]);
          }
          times = [];
        }
        await client.end();
      }
    }),
  );
  print(
    `\n${harness}, ${calls} calls in one session (after ${BLOCK} to warm up); each row the ${BLOCK} before it\n\n${table(rows)}`,
  );
}

function megabytes(bytes) {
  return String(Math.round(bytes / 1024 / 1024));
}
