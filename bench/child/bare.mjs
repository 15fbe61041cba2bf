// Claude Code in one open turn, driven by the least that can drive it: `node bare.mjs <folder>`.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createJiti } from "jiti";

const [cwd] = process.argv.slice(2);
// The launch itself is h2m's own, so that both measure the same program.
const { claude } = await createJiti(import.meta.url).import("../../plugins/claude/index.ts");
const home = await mkdtemp(join(tmpdir(), "h2m-bench-"));
let stream;
let index = 0;
let next = 1;

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(chunks).toString() || "{}");
    response.writeHead(200, { "content-type": "text/event-stream" });
    stream = response;
    send("message_start", {
      message: {
        id: `msg_${next}`,
        type: "message",
        role: "assistant",
        model: body.model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 1, output_tokens: 1 },
      },
    });
    process.send({ first: performance.now() - started });
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const install = await claude.detect({});
if (!install) throw new Error("Claude Code is not installed.");
const origin = `http://127.0.0.1:${server.address().port}`;
const plan = claude.prepare({
  install,
  options: {},
  prompt: "go",
  cwd,
  home,
  origin,
  token: "key",
});
const started = performance.now();
const child = spawn(plan.command, plan.args, {
  cwd,
  env: { ...process.env, ...plan.env },
  stdio: ["pipe", "pipe", 2],
});
createInterface({ input: child.stdout }).on("line", (line) => {
  if (!line.includes('"tool_result"')) return;
  const { message } = JSON.parse(line);
  for (const { type, tool_use_id: id, content } of message.content) {
    if (type !== "tool_result") continue;
    const text = typeof content === "string" ? content : content.map((each) => each.text).join("");
    process.send({ text, id });
  }
});
const prompt = { role: "user", content: [{ type: "text", text: "go" }] };
child.stdin.write(`${JSON.stringify({ type: "user", message: prompt })}\n`);

process.on("message", ({ tool, args }) => {
  const at = index++;
  const use = { type: "tool_use", id: `toolu_${next++}`, name: tool, input: {} };
  const delta = { type: "input_json_delta", partial_json: JSON.stringify(args) };
  stream.cork();
  send("content_block_start", { index: at, content_block: use });
  send("content_block_delta", { index: at, delta });
  send("content_block_stop", { index: at });
  stream.uncork();
});

process.on("disconnect", () => {
  child.on("exit", async () => {
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
    process.exit();
  });
  child.kill();
});

function send(type, rest) {
  stream.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`);
}
