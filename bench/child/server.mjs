// h2m in a process of its own: `node server.mjs <dist folder> <config as JSON>`. Tells its use of CPU and memory when asked.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fakes } from "./plugin.mjs";

const [dist, config = "{}"] = process.argv.slice(2);
const { createH2m } = await import(pathToFileURL(join(dist, "index.mjs")).href);
const h2m = await createH2m({
  harnesses: fakes.harnesses.map(({ name }) => name),
  plugins: [fakes],
  sessions: { max: 256 },
  ...JSON.parse(config),
  // Given here, so that nothing is read from or written to the user's own state folder.
  server: { port: 0, token: "bench-token", attachKey: "bench-key" },
});
for (const event of ["warning", "error"])
  h2m.on(event, ({ message, error }) => process.stderr.write(`h2m: ${message ?? error.text}\n`));

process.send({ mcpUrl: h2m.mcpUrl, hijackUrl: h2m.hijackUrl, version: h2m.version });
process.on("message", () =>
  process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }),
);
process.on("disconnect", async () => {
  await h2m.close();
  process.exit();
});
