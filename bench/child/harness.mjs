// The thinnest harness there can be: it speaks the messages API and answers each call at once.
// BENCH_HARNESS: { origin, open: results go to stdout in an open turn, weight: KB of tool descriptions }
// Each line of its input is an API key: one more conversation begins with it.
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { textOf } from "./text.mjs";

const { origin, open, weight } = JSON.parse(process.env.BENCH_HARNESS);
const httpAgent = new Agent({ keepAlive: true, maxSockets: 128 });
const target = new URL(`${origin}/v1/messages`);
const schema = {
  type: "object",
  properties: { mark: { type: "number" }, bytes: { type: "number" } },
  required: ["mark", "bytes"],
};
const extra = Array.from({ length: weight ? 24 : 0 }, (_, index) => ({
  name: `other_${index}`,
  description: textOf(index, Math.round((weight * 1024) / 24)),
  input_schema: schema,
}));
const tools = [{ name: "text", description: "A text.", input_schema: schema }, ...extra];
const first = { role: "user", content: "go" };

createInterface({ input: process.stdin })
  .on("line", (key) => turn(key, [first]))
  // The end of our input is the end of us.
  .on("close", () => process.exit());

/** One request; the next one follows when this one was ended by us calling tools. */
function turn(key, messages) {
  const body = Buffer.from(
    JSON.stringify({
      model: "fake",
      max_tokens: 64,
      stream: true,
      system: "Be a fake.",
      tools,
      messages,
    }),
  );
  const headers = {
    "content-type": "application/json",
    "content-length": body.length,
    "x-api-key": key,
  };
  const sent = request(target, { agent: httpAgent, method: "POST", headers });
  sent.on("error", () => process.exit(1));
  sent.on("response", (response) => read(response, key));
  sent.end(body);
}

function read(response, key) {
  const uses = [];
  const results = [];
  let block;
  let rest = "";
  response.setEncoding("utf8");
  response.on("data", (text) => {
    const events = (rest + text).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = JSON.parse(event.slice(event.indexOf("data: ") + 6));
      if (data.type === "content_block_start") block = { ...data.content_block, json: "" };
      else if (data.type === "content_block_delta") block.json += data.delta.partial_json ?? "";
      else if (data.type === "content_block_stop" && block.type === "tool_use") run(block);
    }
  });
  response.on("end", () => {
    // The history stays short: what a long one costs is a matter of the harness.
    if (uses.length > 0)
      turn(key, [first, { role: "assistant", content: uses }, { role: "user", content: results }]);
  });

  function run({ id, name, json }) {
    const input = JSON.parse(json);
    const content = textOf(input.mark, input.bytes);
    if (open) process.stdout.write(`${JSON.stringify({ id, content })}\n`);
    else {
      uses.push({ type: "tool_use", id, name, input });
      results.push({ type: "tool_result", tool_use_id: id, content });
    }
  }
}
