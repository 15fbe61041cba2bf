// The h2m under load, in a process of its own: `node server.mjs <folder of the build>`. Over IPC it tells what happens, and
// answers `measure` and `close`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ON_PURPOSE, thrower } from "../fixtures/throwing-plugin.mjs";
import { harnesses } from "./harnesses.mjs";

const [dist = ""] = process.argv.slice(2);
const { createH2m } = await import(pathToFileURL(join(dist, "index.mjs")).href);
const tell = (message) => process.send(message);

const h2m = await createH2m({
  catalog: false,
  harnesses: ["crowd", "solo", "plain"],
  plugins: [harnesses, thrower],
  // Whoever can ask a person does; whoever cannot goes on.
  tools: { confirm: ["echo", "slow"], confirmFallback: "allow" },
  heartbeat: 500,
  sessions: { max: 150 },
  // Fifty clients on two slow cores: what must not happen is a call that never ends.
  timeouts: { connect: 120_000, call: 40_000, idle: 10_000, shutdown: 4_000 },
  server: { port: 0, token: process.env.H2M_TOKEN, attachKey: "nobody-attaches" },
});
h2m.on("host:start", ({ pid }) => tell({ started: pid }));
h2m.on("host:exit", ({ pid }) => tell({ ended: pid }));
h2m.on("error", ({ error }) => {
  if (!error.message.includes(ON_PURPOSE)) tell({ trouble: error.stack ?? error.message });
});

process.on("message", async (message) => {
  if (message === "measure") return measure();
  await h2m.close();
  process.disconnect();
});
tell({ url: h2m.mcpUrl });

function measure() {
  // Twice: what the first round lets go may hold on to more.
  for (let round = 0; round < 2; round++) globalThis.gc();
  const { rss, heapUsed } = process.memoryUsage();
  tell({ measured: { rss, heapUsed, sessions: h2m.sessions.list().length } });
}
