#!/usr/bin/env node
// `npm run test:recipes [-- ai-sdk …]`: the programs of docs/1.guide/8.agents.md as they stand, against a stub model that calls a tool
// of a real Claude Code.
import { execa } from "execa";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { builtFolder } from "../../bench/built.mjs";
import { harnessOf, installed, NODE_VERSION } from "../clients/install.mjs";
import { startModel } from "./model.mjs";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = "docs/1.guide/8.agents.md";
/** Where the page says that h2m listens. */
const PLACE = "http://127.0.0.1:9330";
/** Milliseconds. */
const PATIENCE = 120_000;
const PACKAGES = {
  "@ai-sdk/mcp": "2.0.99",
  "@ai-sdk/openai": "4.0.118",
  "@langchain/core": "1.4.0",
  "@langchain/mcp-adapters": "1.1.4",
  "@langchain/openai": "1.6.0",
  "@modelcontextprotocol/client": "2.4.0",
  "@openai/agents": "0.20.0",
  ai: "7.0.173",
  langchain: "1.5.14",
  zod: "4.6.7",
};

const page = await readFile(join(ROOT, PAGE), "utf8");
const all = [...page.matchAll(/```js\n\/\/ (?<name>[\w-]+)\.mjs\n(?<code>[\s\S]*?)```/g)].map(
  ({ groups }) => ({ name: groups.name, code: groups.code }),
);
const names = process.argv.slice(2).filter((word) => word !== "--write");
const chosen = names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all;
if (chosen.length === 0 || chosen.length < names.length) {
  process.stderr.write(`${PAGE} has: ${all.map(({ name }) => name).join(", ")}.\n`);
  process.exit(2);
}

const dist = await builtFolder();
const claude = await harnessOf("claude");
// `--write`: the lock is made anew, after a version above was changed.
const write = process.argv.includes("--write");
const modules = await installed("recipes", PACKAGES, { write });
const node = join(await installed("node", { node: NODE_VERSION }), "node/bin/node");

const folder = join(modules, "..", `run-${process.pid}`);
await mkdir(folder);
const token = crypto.randomUUID();
const server = execa("node", [join(dist, "cli.mjs"), "claude", "--port", "0", "--no-config"], {
  cwd: folder,
  env: { PATH: claude + delimiter + process.env.PATH, H2M_TOKEN: token, H2M_ATTACH_KEY: token },
  buffer: false,
  reject: false,
});
let failed = 0;
try {
  const place = await placeOf(server.stderr);
  for (const recipe of chosen) {
    const problem = await problemOf(recipe, place);
    process.stdout.write(problem ? `not ok: ${recipe.name}: ${problem}\n` : `ok: ${recipe.name}\n`);
    if (problem) failed++;
  }
} finally {
  server.kill("SIGINT");
  await server;
  await rm(folder, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);

/** Runs one program; gives what is wrong, if anything is. */
async function problemOf({ name, code }, place) {
  const word = `elm-${crypto.randomUUID()}`;
  const model = await startModel({ name: "Bash", arguments: { command: `echo ${word}` } });
  const file = join(folder, `${name}.mjs`);
  await writeFile(file, code.replaceAll(PLACE, place));
  try {
    const { exitCode, stdout, stderr, timedOut } = await execa(node, [file], {
      cwd: folder,
      env: {
        H2M_TOKEN: token,
        OPENAI_BASE_URL: model.url,
        OPENAI_API_KEY: "none",
        OPENAI_AGENTS_DISABLE_TRACING: "1",
      },
      timeout: PATIENCE,
      reject: false,
    });
    if (timedOut) return `it did not end within ${PATIENCE / 1000} s\n${stdout}\n${stderr}`;
    if (exitCode !== 0) return `exit code ${exitCode}\n${stderr}`;
    // What a program prints is what the model said of what the tool gave.
    if (!stdout.includes("The tool said: ") || !stdout.includes(word))
      return `it printed ${JSON.stringify(stdout)}\n${stderr}`;
    const [first] = model.heard;
    const tools = first.body.tools.map((tool) => tool.function.name);
    return tools.includes("Bash") ? undefined : `the model was shown ${tools.join(", ")}`;
  } finally {
    model.end();
  }
}

async function placeOf(stderr) {
  let said = "";
  for await (const part of stderr) {
    said += part;
    const url = /MCP: +(http:\S+)/.exec(said)?.[1];
    if (url === undefined) continue;
    stderr.resume();
    return new URL(url).origin;
  }
  throw new Error(`h2m did not start: ${said}`);
}
