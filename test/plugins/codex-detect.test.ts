import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { codex } from "../../plugins/codex/index.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "h2m-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function script(path: string, body: string): Promise<string> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, `#!/bin/sh\n${body}\n`);
  await chmod(whole, 0o755);
  return whole;
}

async function manifest(path: string, version: string): Promise<void> {
  await mkdir(join(folder, path), { recursive: true });
  const text = JSON.stringify({ name: "@openai/codex", version });
  await writeFile(join(folder, path, "package.json"), text);
}

const CATALOG = `echo '{"models":[{"slug":"x","apply_patch_tool_type":"freeform","shell_type":"y"}]}'`;

describe("the search for codex", () => {
  it("takes the native program behind the npm package's wrapper, and asks it for its models", async () => {
    const wrapper = await script("node_modules/@openai/codex/bin/codex.js", "exit 9");
    await manifest("node_modules/@openai/codex", "1.2.3");
    const platform = `codex-${process.platform}-${process.arch}`;
    await manifest(`node_modules/@openai/${platform}`, "1.2.3");
    const native = await script(
      `node_modules/@openai/${platform}/vendor/some-target/bin/codex`,
      `[ "$*" = "debug models --bundled" ] && ${CATALOG}`,
    );
    await mkdir(join(folder, "node_modules/.bin"));
    await symlink(wrapper, join(folder, "node_modules/.bin/codex"));

    const found = await codex.detect({ command: join(folder, "node_modules/.bin/codex") });

    expect(found).toMatchObject({
      command: native,
      version: "1.2.3",
      facts: { model: { slug: "h2m" } },
    });
  });

  it("takes a program of another origin as it is, and asks it for its version", async () => {
    const program = await script(
      "bin/codex",
      `if [ "$1" = --version ]; then echo "codex-cli 4.5.6"; else ${CATALOG}; fi`,
    );

    const found = await codex.detect({ command: program });

    expect(found).toMatchObject({
      command: program,
      version: "4.5.6",
      facts: { model: { slug: "h2m" } },
    });
  });

  it("keeps what the program writes out of the user's own folder", async () => {
    const program = await script(
      "bin/codex",
      `[ "$1" = debug ] && echo "$CODEX_HOME" > ${join(folder, "home")} && touch "$CODEX_HOME/trace"; ${CATALOG}`,
    );

    await codex.detect({ command: program });

    const home = (await readFile(join(folder, "home"), "utf8")).trim();
    expect(home).not.toBe("");
    await expect(access(home)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("finds a program that cannot tell its models, without a catalog", async () => {
    const program = await script("bin/codex", "exit 2");

    expect(await codex.detect({ command: program })).toEqual({
      command: program,
      version: undefined,
      facts: { model: undefined },
    });
  });

  it("finds nothing where nothing is", async () => {
    expect(await codex.detect({ command: join(folder, "none") })).toBeUndefined();
  });
});
