import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Cli, start, stateOf, useCli } from "./helpers/cli.ts";

const h2m = useCli();
let running: Cli[];
beforeEach(() => {
  running = [];
});
afterEach(async () => {
  for (const { child } of running) child.kill("SIGTERM");
  await Promise.all(running.map(({ ended }) => ended));
});

async function served(...args: string[]): Promise<{ url: string; said: string }> {
  const cli = h2m.start("--no-config", "--port", "0", ...args);
  running.push(cli);
  const [, url = ""] = await cli.says(/MCP: +(\S+)/);
  await cli.says(/mcpServers/);
  return { url, said: cli.stderr() };
}

const file = (name: string) => join(stateOf(h2m.folder), "h2m", name);
const tokenIn = async (name: string) => (await readFile(file(name), "utf8")).trim();

/** Whether a token opens what is served there. */
async function opens(url: string, token: string): Promise<boolean> {
  const { status } = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return status !== 401;
}

it("the token of one profile does not open another, nor an h2m without any", async () => {
  const plain = await served();
  const readonly = await served("--profile", "readonly");
  const full = await served("--profile", "full");
  const names = ["token", "token-readonly", "token-full"];
  const tokens = await Promise.all(names.map(tokenIn));

  const opened = await Promise.all(
    [plain, readonly, full].map(({ url }) => Promise.all(tokens.map((token) => opens(url, token)))),
  );

  expect(opened).toEqual([
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
  for (const [at, { said }] of [plain, readonly, full].entries()) {
    expect(said).toContain(`the token in ${file(names[at] ?? "")}:\n`);
    expect(said).toContain(`Bearer $(cat ${file(names[at] ?? "")})"`);
  }
});

it("the keys that attach a harness are each profile's own too, and are named", async () => {
  const { said } = await served("--profile", "readonly");

  expect(said).toContain(`the attach key in ${file("attach-key-readonly")}:\n`);
  expect(said).toContain(`"$(cat ${file("attach-key-readonly")})"`);
  expect((await readdir(file("."))).toSorted()).toEqual(["attach-key-readonly", "token-readonly"]);
});

it("a token that the user gives holds for every profile, which is told", async () => {
  const { url, said } = await served("--profile", "readonly", "--token", "my-own");

  expect(await opens(url, "my-own")).toBe(true);
  expect(said).toContain("the token that you gave (it is not kept for this profile alone):");
});

it("secrets may stand in files that the environment names, and are not shown", async () => {
  await h2m.put("secret", "a-token-of-a-file-0123456789\n");
  const env = { H2M_TOKEN_FILE: "secret", H2M_ATTACH_KEY_FILE: join(h2m.folder, "secret") };
  const cli = start(h2m.cli, ["--no-config", "--port", "0"], {
    cwd: h2m.folder,
    env: { ...env, PATH: process.env["PATH"] ?? "" },
  });
  running.push(cli);
  const [, url = ""] = await cli.says(/MCP: +(\S+)/);

  expect(await opens(url, "a-token-of-a-file-0123456789")).toBe(true);
  expect(await opens(url, "another-token-0123456789")).toBe(false);
  expect(cli.stderr()).not.toContain("a-token-of-a-file");
});

it.each([
  [{ H2M_TOKEN_FILE: "gone" }, "The file `gone` that `H2M_TOKEN_FILE` names cannot be read"],
  [{ H2M_TOKEN_FILE: "empty" }, "The file `empty` that `H2M_TOKEN_FILE` names is empty"],
  [
    { H2M_TOKEN_FILE: "empty", H2M_TOKEN: "too" },
    "`H2M_TOKEN` and `H2M_TOKEN_FILE` exclude each other",
  ],
  [{ H2M_ATTACH_KEY_FILE: "." }, "The file `.` that `H2M_ATTACH_KEY_FILE` names cannot be read"],
])("a file that holds no secret is told: %j", async (env, text) => {
  await h2m.put("empty", "\n");

  const { code, err } = await h2m.runWith({ env }, "--no-config", "--port", "0");

  expect(code).toBe(2);
  expect(err).toContain(text);
});
