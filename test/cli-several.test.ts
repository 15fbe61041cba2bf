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

describe("several harnesses that are named", () => {
  it("are served beside each other, and no others", async () => {
    const three = `harnesses: ["tres"], plugins: ["uno", "duo", "tres"].map((name) => fake({ name }))`;
    await h2m.put("h2m.config.mjs", fakeConfig({}, three));

    const two = await h2m.run("tools", "uno", "duo");
    const one = await h2m.run("tools", "uno", "duo", "duo_echo");
    const called = await h2m.run("call", "tres", "echo", "text=x");

    expect(two.out).toMatch(/^uno_echo /m);
    expect(two.out).toMatch(/^duo_echo /m);
    expect(two.out).not.toContain("tres");
    expect(one.out).toMatch(/^duo_echo {2}/);
    expect(called).toMatchObject({ code: 0, out: "x\n" });
  });
});

describe("workspaces of harnesses that are not picked", () => {
  const workspaces = `workspaces: {
    docs: { harness: "duo", cwd: "." }, web: { harness: "uno", cwd: "." }
  }, profiles: { one: { harnesses: ["uno"] } }`;
  const word =
    /^h2m: warn: The workspace `docs` is left out: its harness `duo` is not among those picked\.$/m;

  beforeEach(() => h2m.put("h2m.config.mjs", fakeConfig({}, `${TWO}, ${workspaces}`)));

  it.each([
    ["call", "uno", "echo", "text=x"],
    ["call", "--profile", "one", "echo", "text=x"],
  ])("are left out with a word: %j %j %j", async (...args) => {
    const { code, out, err } = await h2m.run(...args);

    expect(err).toMatch(word);
    expect(err).not.toContain("`web`");
    expect({ code, out }).toEqual({ code: 0, out: "x\n" });
    expect((await h2m.run(...args, "--log-level", "error")).err).not.toMatch(word);
  });

  it("are no mistake for a server either", async () => {
    const server = h2m.start("uno", "--port", "0");
    await server.says(/MCP:/);
    await server.says(word);
    server.child.kill();

    expect(await server.ended).toBe(0);
  });
});
