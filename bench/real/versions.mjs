import { join } from "node:path";
import { binOf, chosen } from "../../test/live/programs.mjs";
import { figures, quantile, table } from "../statistics.mjs";
import { CALLS, holds, openSession, withFolder, withServer } from "./work.mjs";

/** Calls of one version before the other one's turn. */
const BLOCK = 10;
/** Calls of each that do not count. */
const WARM_UP = 50;
/** What a version may have made slower beside the calls of the other parts. */
const MORE = {
  claude: [
    [
      "Write",
      (n, cwd) => ({ file_path: join(cwd, `new-${n}.txt`), content: `file ${n}\n` }),
      () => "created successfully",
    ],
  ],
};

/** The oldest and the newest version that are supported (installed where they are not), block by block in turn. */
export async function versions(dist, harness, { quick, print }) {
  const calls = quick ? 50 : 200;
  const all = WARM_UP + calls;
  const programs = await Promise.all(["oldest", "newest"].map((w) => chosen(`${harness}@${w}`)));
  const rows = [["tool", "version", "p50 ms", "min ms", "p95 ms"]];
  await withFolder(programs.length * all, async (cwd) => {
    await withEach(dist, cwd, programs, async (clients) => {
      for (const [tool, args, expected] of [...CALLS[harness], ...(MORE[harness] ?? [])]) {
        const times = programs.map(() => []);
        for (let from = 0; from < all; from += BLOCK) {
          for (const [index, client] of clients.entries()) {
            for (let at = from; at < from + BLOCK; at++) {
              // Each has its own files.
              const n = at + index * all;
              const started = performance.now();
              const result = await client.tool(tool, args(n, cwd));
              if (at >= WARM_UP) times[index].push(performance.now() - started);
              holds(result, expected(n));
            }
          }
        }
        for (const [index, { version }] of programs.entries()) {
          const [p50, least, p95] = [0.5, 0, 0.95].map((part) => quantile(times[index], part));
          rows.push([index === 0 ? tool : "", version, figures(p50), figures(least), figures(p95)]);
        }
      }
    });
  });
  print(
    `\n${harness}, ${calls} calls of each version, ${BLOCK} by ${BLOCK} in turn\n\n${table(rows, 2)}`,
  );
}

/** A server and a session for each program. */
async function withEach(dist, cwd, [program, ...others], act, clients = []) {
  if (!program) return act(clients);
  const command = join(await binOf(program), program.harness);
  const config = { cwd, harnesses: { [program.harness]: { command } } };
  return withServer(dist, config, async (server) => {
    const { client } = await openSession(server, program.harness);
    const result = await withEach(dist, cwd, others, act, [...clients, client]);
    await client.end();
    return result;
  });
}
