import { figures, quantile, table } from "../statistics.mjs";
import { CALLS, holds, openSession, SLOW, withFolder, withServer } from "./work.mjs";

const AT_ONCE = 20;

/** Twenty quick calls at once, alone and beside a slow one. */
export async function beside(dist, harness, { quick, print }) {
  const rounds = quick ? 2 : 5;
  const rows = [["tool", "20 at once, all done ms", "beside a slow call ms"]];
  await withFolder(2 * AT_ONCE * rounds, (cwd) =>
    withServer(dist, { cwd, harnesses: [harness] }, async (server) => {
      const { client } = await openSession(server, harness);
      for (const [tool, args, expected] of CALLS[harness]) {
        let next = 0;
        const round = async () => {
          const started = performance.now();
          const calls = Array.from({ length: AT_ONCE }, async () => {
            const n = next++;
            holds(await client.tool(tool, args(n, cwd)), expected(n));
          });
          await Promise.all(calls);
          return performance.now() - started;
        };
        const times = { alone: [], beside: [] };
        for (let at = 0; at < rounds; at++) {
          times.alone.push(await round());
          const slow = client.tool(...SLOW[harness]);
          times.beside.push(await round());
          await slow;
        }
        rows.push([
          tool,
          figures(quantile(times.alone, 0.5)),
          figures(quantile(times.beside, 0.5)),
        ]);
      }
      await client.end();
    }),
  );
  print(`\n${harness}, the slow call is \`sleep 5\`\n\n${table(rows)}`);
}
