import { execFile } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it, vi } from "vitest";
import { builtCli, compiledFolder } from "../helpers/cli.ts";

// A build, and a start from source.
vi.setConfig({ testTimeout: 180_000 });

/** A server, a harness that attaches to it with one tool, and a call with wrong arguments and with right ones. */
const program = (load: string) => `
const { createH2m } = await ${load};
const h2m = await createH2m({ server: { port: 0, auth: false }, catalog: false });
const warnings = [];
h2m.on("warning", ({ message }) => void warnings.push(message));
const control = new AbortController();
const input_schema = { type: "object", properties: { a: { type: "string", pattern: "^b+$" } } };
const turn = {
  model: "m", max_tokens: 1, stream: true,
  messages: [{ role: "user", content: "Begin." }],
  tools: [{ name: "tool", description: "x", input_schema }],
};
fetch(h2m.hijackUrl + "/v1/messages", {
  method: "POST",
  headers: { "content-type": "application/json", "x-api-key": "k" },
  body: JSON.stringify(turn),
  signal: control.signal,
}).then((response) => response.text()).catch(() => {});
const session = h2m.sessions.open({});
const wrong = await session.call("tool", { a: "c" });
const right = await session.call("tool", { a: "b" }, { signal: AbortSignal.timeout(300) }).catch((error) => error.code);
control.abort();
await h2m.close();
console.log(JSON.stringify({ wrong: wrong.content[0].text, right, warnings }));
`;

const SOURCE = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

it.each<[string, () => Promise<string>]>([
  [
    "dist",
    async () => {
      const index = (await builtCli()).replace("cli.mjs", "index.mjs");
      return `import(${JSON.stringify(pathToFileURL(index).href)})`;
    },
  ],
  [
    "its source, under jiti",
    async () =>
      `(await import("jiti")).createJiti(import.meta.url).import(${JSON.stringify(SOURCE)})`,
  ],
])(
  "arguments that need a thread are checked from %s, and the process ends by itself",
  async (_, load) => {
    const args = ["--input-type=module", "--eval", program(await load())];
    const cwd = fileURLToPath(new URL("../..", import.meta.url));

    const env = { ...process.env, TMPDIR: await compiledFolder() };
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      cwd,
      env,
      timeout: 120_000,
    });

    expect(JSON.parse(stdout)).toEqual({
      wrong: 'Wrong arguments for `tool`: `a` must match pattern "^b+$". The tool was not called.',
      right: "cancelled",
      warnings: [],
    });
  },
);
