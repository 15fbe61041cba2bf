import { beforeEach, describe, expect, it } from "vitest";
import { fakeConfig, useCli } from "./helpers/cli.ts";

const h2m = useCli();

const TWO = `harnesses: ["uno", "duo"], plugins: [fake({ name: "uno" }), fake({ name: "duo" })]`;

beforeEach(() => h2m.put("h2m.config.mjs", fakeConfig({}, TWO)));

describe("with several harnesses in the config", () => {
  it("`h2m tools` prints the tools of all, and of one that is named its own", async () => {
    const all = await h2m.run("tools");
    const one = await h2m.run("tools", "duo");

    expect(all.out).toMatch(/^uno_echo +- +The invented tool echo\.$/m);
    expect(all.out).toMatch(/^duo_echo +/m);
    expect(one.out).toMatch(/^echo +/m);
    expect(one.out).not.toContain("_echo");
  });

  it("`h2m call` finds the harness by the tool's name, and starts no other", async () => {
    const { code, out, err } = await h2m.run("call", "duo_echo", "text=12", "--log-level", "info");

    expect(out).toBe("12\n");
    expect(err.match(/\w+ 1\.2\.3 started/g)).toEqual(["duo 1.2.3 started"]);
    expect(code).toBe(0);
    expect(await h2m.run("call", "uno", "echo", "text=x")).toMatchObject({ code: 0, out: "x\n" });
  });

  it("`h2m call` says which names there are", async () => {
    const { code, err } = await h2m.run("call", "echo", "text=x");

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
    const started = h2m.start("--stdio");
    started.child.stdin?.write(`${lines.join("\n")}\n`);

    await started.says(/uno_echo|echo \d+ ms/);
    started.child.stdin?.end();

    expect(await started.ended).toBe(0);
    expect(started.stdout()).toContain('"text":"over"');
    expect(started.stdout()).toContain("begin with `duo_`");
  });
});
