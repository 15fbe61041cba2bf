import { rm } from "node:fs/promises";
import { beforeAll, beforeEach, afterEach, describe, expect, it, vi } from "vitest";
import { builtCli, emptyFolder, fakeConfig, put, start } from "./helpers/cli.ts";

// Each test starts a process or two, and machines differ.
vi.setConfig({ testTimeout: 60_000 });

const TWO = `harnesses: ["uno", "duo"], plugins: [fake({ name: "uno" }), fake({ name: "duo" })]`;

let cli: string;
let folder: string;
beforeAll(async () => {
  cli = await builtCli();
}, 120_000);
beforeEach(async () => {
  folder = await emptyFolder();
  await put(folder, "h2m.config.mjs", fakeConfig({}, TWO));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(args: readonly string[], input = "") {
  const started = start(cli, args, { cwd: folder, input });
  const code = await started.ended;
  return { code, out: started.stdout(), err: started.stderr() };
}

describe("with several harnesses in the config", () => {
  it("`h2m tools` prints the tools of all, and of one that is named its own", async () => {
    const all = await run(["tools"]);
    const one = await run(["tools", "duo"]);

    expect(all.out).toMatch(/^uno_echo +- +The invented tool echo\.$/m);
    expect(all.out).toMatch(/^duo_echo +/m);
    expect(one.out).toMatch(/^echo +/m);
    expect(one.out).not.toContain("_echo");
  });

  it("`h2m call` finds the harness by the tool's name, and starts no other", async () => {
    const { code, out, err } = await run(["call", "duo_echo", "text=12", "--log-level", "info"]);

    expect(out).toBe("12\n");
    expect(err.match(/\w+ 1\.2\.3 started/g)).toEqual(["duo 1.2.3 started"]);
    expect(code).toBe(0);
    expect(await run(["call", "uno", "echo", "text=x"])).toMatchObject({ code: 0, out: "x\n" });
  });

  it("`h2m call` says which names there are", async () => {
    const { code, err } = await run(["call", "echo", "text=x"]);

    expect(err).toContain("There is no tool `echo`.");
    expect(err).toContain("The names begin with `uno_` or `duo_`.");
    expect(code).toBe(1);
  });

  it("`h2m --stdio` serves them as one", async () => {
    const clientInfo = { name: "test", version: "1" };
    const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
    const messages = [
      { id: 1, method: "initialize", params },
      { method: "notifications/initialized" },
      { id: 2, method: "tools/call", params: { name: "uno_echo", arguments: { text: "over" } } },
    ];
    const lines = messages.map((each) => JSON.stringify({ jsonrpc: "2.0", ...each }));
    const started = start(cli, ["--stdio"], { cwd: folder });
    started.child.stdin?.write(`${lines.join("\n")}\n`);

    await started.says(/uno_echo|echo \d+ ms/);
    started.child.stdin?.end();

    expect(await started.ended).toBe(0);
    expect(started.stdout()).toContain('"text":"over"');
    expect(started.stdout()).toContain("begin with `duo_`");
  });
});
