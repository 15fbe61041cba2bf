// h2m in a process of its own: `node server.mjs <dist folder> <config as JSON>`. Tells its use of CPU and memory when asked.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { closedPlugin } from "./closed.mjs";
import { fakes } from "./plugin.mjs";

const [dist, text = "{}"] = process.argv.slice(2);
const { closed = [], harnesses, plugins = [fakes], ...config } = JSON.parse(text);
const { createH2m } = await import(pathToFileURL(join(dist, "index.mjs")).href);
const names = harnesses ?? fakes.harnesses.map(({ name }) => name);
const hosts = new Set();
const h2m = await createH2m({
  catalog: false,
  harnesses: Array.isArray(names) ? [...names, ...closed.map((name) => `${name}-closed`)] : names,
  // The sources are loaded only where they are needed.
  plugins: closed.length > 0 ? [...plugins, await closedPlugin(closed)] : plugins,
  sessions: { max: 256 },
  ...config,
  // Given here, so that nothing is read from or written to the user's own state folder.
  server: { port: 0, token: "bench-token", attachKey: "bench-key" },
});
for (const event of ["warning", "error"])
  h2m.on(event, ({ message, error }) => process.stderr.write(`h2m: ${message ?? error.text}\n`));

h2m.on("host:start", ({ pid }) => hosts.add(pid));
h2m.on("host:exit", ({ pid }) => hosts.delete(pid));

process.send({ mcpUrl: h2m.mcpUrl, hijackUrl: h2m.hijackUrl, version: h2m.version });
process.on("message", () =>
  process.send({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss(), hosts: [...hosts] }),
);
process.on("disconnect", async () => {
  await h2m.close();
  process.exit();
});
