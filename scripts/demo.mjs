// Serves a real harness and calls one of its tools through an MCP client: `npm run demo [claude | codex | opencode]`.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { execa } from "execa";
import { delimiter, join } from "node:path";
import { builtFolder } from "../bench/built.mjs";
import { Steps } from "../src/cli/output/steps.mjs";
import { binOf, chosen } from "../test/live/programs.mjs";

const CALLS = {
  claude: {
    name: "Bash",
    arguments: { command: "echo Hello from the hands of $(basename $(readlink /proc/$PPID/exe))" },
  },
  codex: {
    name: "exec_command",
    arguments: { cmd: "echo Hello from the hands of $(basename $(readlink /proc/$PPID/exe))" },
  },
  opencode: {
    name: "bash",
    arguments: { command: "echo Hello from the hands of opencode", description: "Says hello" },
  },
};

const harness = process.argv[2] ?? "claude";
const call = CALLS[harness];
if (!call) {
  const known = Object.keys(CALLS).join(", ");
  process.stderr.write(`There is no harness \`${harness}\` in this demo; known: ${known}.\n`);
  process.exit(2);
}

const steps = new Steps({ lasting: true });
const program = await chosen(harness);
steps.begin(`> installing ${harness} ${program.version} from npm (once; it takes a while)`);
const bin = await binOf(program);
steps.begin("> building h2m (once; it takes a while)");
const dist = await builtFolder();
// What a harness says steers no terminal.
const { visible, visibleJson, visibleLines } = await import(join(dist, "plugin.mjs"));

steps.begin(`> h2m ${harness}`);
const token = crypto.randomUUID();
const server = execa("node", [join(dist, "cli.mjs"), harness, "--port", "0", "--no-config"], {
  env: {
    PATH: bin + delimiter + process.env.PATH,
    H2M_TOKEN: token,
    H2M_ATTACH_KEY: token,
  },
  buffer: false,
  reject: false,
});
try {
  const url = await mcpUrl(server.stderr);
  const client = new Client({ name: "demo", version: "1.0.0" });
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));

  steps.begin(`> tools/list (${harness} starts)`);
  const { tools } = await client.listTools();
  steps.end();
  console.log(visible(tools.map(({ name }) => name).join(" ")));

  steps.begin(`> tools/call ${call.name} ${JSON.stringify(call.arguments)}`);
  const { content } = await client.callTool(call);
  steps.end();
  for (const block of content)
    console.log(block.type === "text" ? visibleLines(block.text) : visibleJson(block));
  await client.close();
} finally {
  server.kill("SIGTERM");
  await server;
}

async function mcpUrl(stream) {
  let text = "";
  for await (const chunk of stream) {
    text += chunk;
    const url = /http:\/\/\S+\/mcp\b/.exec(text)?.[0];
    if (!url) continue;
    steps.end();
    console.log(url);
    return url;
  }
  throw new Error(`h2m ended before it served:\n${text}`);
}
