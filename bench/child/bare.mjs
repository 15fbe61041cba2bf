// A real harness in one open turn, driven by the least that can drive it: `node bare.mjs <harness> <folder>`.
// Asked by a message, or, for what HTTP alone costs, by a POST to `/call`.
import { spawn } from "node:child_process";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { launcherOf } from "./source.mjs";

const [harness, cwd] = process.argv.slice(2);
const { driveBare } = await import(`./bare/${harness}.mjs`);
// The launch itself is h2m's own, so that both measure the same program.
const launcher = await launcherOf(harness);
const home = await mkdtemp(join(tmpdir(), "h2m-bench-"));
let stream;
let next = 1;
/** Hears the text of the call that is out. */
let answer;

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    if (request.method !== "POST" || request.url.includes("/hosts/")) return response.end("{}");
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    if (request.url === "/call")
      return call(body, (text) => response.end(JSON.stringify({ text })));
    response.writeHead(200, { "content-type": "text/event-stream" });
    stream = response;
    send(bare.begin(body));
    process.send({ first: performance.now() - started, url: `${origin}/call` });
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const install = await launcher.detect({});
if (!install) throw new Error(`${harness} is not installed.`);
const origin = `http://127.0.0.1:${server.address().port}`;
const context = { install, options: {}, prompt: "go", cwd, home, origin, token: "key" };
const plan = launcher.prepare(context);
for (const [path, text] of Object.entries(plan.files ?? {})) {
  await mkdir(dirname(join(home, path)), { recursive: true });
  await writeFile(join(home, path), text, { mode: text.startsWith("#!") ? 0o700 : 0o600 });
}
const started = performance.now();
const child = spawn(plan.command, plan.args, {
  cwd,
  env: { ...process.env, ...plan.env },
  stdio: ["pipe", "pipe", 2],
});
const bare = driveBare({ write: (line) => child.stdin.write(`${line}\n`), context });
createInterface({ input: child.stdout }).on("line", (line) => {
  const text = bare.heard(line);
  if (text !== undefined) answer(text);
});

process.on("message", (asked) => call(asked, (text) => process.send({ text })));

process.on("disconnect", () => {
  child.on("exit", async () => {
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
    process.exit();
  });
  child.kill();
});

/** One call at a time. */
function call({ tool, args }, onText) {
  answer = onText;
  send(bare.call(`call_${next++}`, tool, args));
}

/** All events at once, as one piece. */
function send(events) {
  const text = events.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
  stream.write(text.join(""));
}
