import { join } from "node:path";
import { readFile, stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { useCli } from "./helpers/cli.ts";

const h2m = useCli();
const FIXTURE = join(import.meta.dirname, "fixtures/config/fake-plugin.mjs");

/** A config whose plugin brings a command; `run` is its code. */
const withCommand = (run: string, more = "") =>
  h2m.put(
    "h2m.config.mjs",
    `import { fake } from ${JSON.stringify(FIXTURE)};
     export default { plugins: [fake({ name: "mine" }), { name: "oaks", commands: [{
       name: "oaks", summary: "count the oaks", usage: "[<harness>]",
       flags: { tall: { summary: "the tall ones" }, of: { summary: "whose", value: "WHO" } },
       run: ${run}, ${more}
     }] }] };`,
  );

describe("a command of a plugin", () => {
  it("is given its words and flags, prints, and ends with its code", async () => {
    await withCommand(
      "async ({ words, flags, print, note }) => { await print(JSON.stringify({ words, flags })); note('a \\u001b[31m'); return 3; }",
    );

    const { code, out, err } = await h2m.run(
      "oaks",
      "elm",
      "--tall",
      "--of",
      "me",
      "--port",
      "9331",
    );

    expect(code).toBe(3);
    expect(JSON.parse(out)).toEqual({
      words: ["elm"],
      flags: { tall: true, of: "me", port: "9331" },
    });
    expect(err).toContain("a \\u{1b}[31m");
  });

  it("may call a tool of a harness", async () => {
    await withCommand(`async ({ session, print, launchers, settings }) => {
      await settings();
      await print(launchers().map(({ name }) => name).join() + "\\n");
      const { content } = await session("mine", (own) => own.call("echo", { text: "hello" }));
      await print(content[0].text);
    }`);

    expect(await h2m.run("oaks")).toMatchObject({
      code: 0,
      out: "claude,codex,opencode,mine\nhello",
    });
    expect((await h2m.run("oaks", "--tall=yes")).code).toBe(2);
  });

  it.each([
    [
      "that throws names its plugin",
      "() => { throw new Error('no wood') }",
      1,
      "The plugin `oaks` failed in `run` of the command `oaks`: no wood",
    ],
    [
      "that rejects names its plugin",
      "async () => { throw new Error('no wood') }",
      1,
      "The plugin `oaks` failed in `run`",
    ],
    [
      "of wrong usage ends with 2",
      "async () => { throw Object.assign(new (await import('harness-to-mcp/plugin')).H2mError('bad-usage', 'Which oaks?')) }",
      2,
      "Which oaks?",
    ],
    [
      "must give a possible exit code",
      "() => 999",
      1,
      "must give an exit code from 0 to 255, not 999",
    ],
  ])("%s", async (_, run, code, text) => {
    await withCommand(run);

    expect(await h2m.run("oaks")).toMatchObject({ code, err: expect.stringContaining(text) });
  });

  it("has no other flags, and tells of its own", async () => {
    await withCommand("() => {}", `details: "Oaks are trees."`);

    expect(await h2m.run("oaks", "--tal")).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no flag `--tal`[\s\S]*Did you mean `--tall`/),
    });
    const { code, out } = await h2m.run("oaks", "--help");
    expect(code).toBe(0);
    expect((await h2m.run("help", "oaks")).out).toBe(out);
    for (const text of [
      "h2m oaks [<harness>]",
      "count the oaks",
      "--of WHO",
      "Oaks are trees.",
      "--config FILE",
    ])
      expect(out).toContain(text);
  });

  it.each([
    ["tools", "a command of h2m's own"],
    ["token", "a command of h2m's own"],
    ["claude", "a harness"],
  ])("cannot be called %s", async (name, other) => {
    await h2m.put(
      "h2m.config.mjs",
      `export default { plugins: [{ name: "oaks", commands: [{ name: "${name}", summary: "x", run() {} }] }] };`,
    );

    const { code, err } = await h2m.run("--port=0", "--no-auth");

    expect(code).toBe(2);
    expect(err).toContain(
      `The plugin \`oaks\` brings the command \`${name}\`, which is ${other} already`,
    );
  });

  it.each([
    [`{ name: "Oaks", summary: "x", run() {} }`, "must be small letters"],
    [`{ name: "oaks", run() {} }`, "needs a text `summary`"],
    [`{ name: "oaks", summary: "x" }`, "needs a function `run`"],
    [`{ name: "oaks", summary: "x", run() {}, flags: { tall: true } }`, "needs `flags` by name"],
  ])("must be one: %s", async (command, text) => {
    await h2m.put(
      "h2m.config.mjs",
      `export default { plugins: [{ name: "p", commands: [${command}] }] };`,
    );

    expect(await h2m.run("tools", "claude")).toMatchObject({
      code: 2,
      err: expect.stringContaining(text),
    });
  });
});

it("an unknown flag is told also where the first word may be a plugin's command", async () => {
  expect(await h2m.run("claude", "--prot", "1", "--no-config")).toMatchObject({
    code: 2,
    err: expect.stringContaining("There is no flag `--prot`"),
  });
});

describe("h2m token", () => {
  it("shows the kept one, and puts a new one in its place", async () => {
    const first = await h2m.run("token", "show");
    const second = await h2m.run("token", "show");
    const rotated = await h2m.run("token", "rotate");
    const third = await h2m.run("token", "show");

    expect(first).toMatchObject({ code: 0, out: expect.stringMatching(/^\S{20,}\n$/), err: "" });
    expect(second.out).toBe(first.out);
    expect(rotated).toMatchObject({ code: 0, out: "" });
    expect(third.out).not.toBe(first.out);
    const file = /stands in (\S+)\./.exec(rotated.err)?.[1] ?? "";
    expect(await readFile(file, "utf8")).toBe(third.out);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(rotated.err).not.toContain(third.out.trim());
  });

  it("has one for each profile", async () => {
    const own = await h2m.run("token", "show");
    const other = await h2m.run("token", "show", "--profile", "readonly");

    expect(other.code).toBe(0);
    expect(other.out).not.toBe(own.out);
  });

  it.each([[[]], [["shwo"]], [["show", "me"]]])("says what it can do: %j", async (words) => {
    expect(await h2m.run("token", ...words)).toMatchObject({
      code: 2,
      err: expect.stringContaining("`h2m token show` or `h2m token rotate`"),
    });
  });
});
