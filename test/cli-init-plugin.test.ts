import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import own from "../package.json" with { type: "json" };
import { useCli } from "./helpers/cli.ts";

const h2m = useCli();

const TEMPLATE = join(import.meta.dirname, "../templates/plugin");
const NAME = "h2m-plugin-mine";

/** Path below a folder → text. */
async function textsBelow(from: string): Promise<Record<string, string>> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true });
  const texts: Record<string, string> = {};
  for (const { name, parentPath } of entries.filter((entry) => entry.isFile())) {
    const path = join(parentPath, name);
    texts[path.slice(from.length + 1)] = await readFile(path, "utf8");
  }
  return texts;
}

// The template's own tests run beside these, and `npm run typecheck` reads it. So what is written passes if it is the same.
// That it also installs with the packed h2m is seen by `node examples/run.mjs written`.
describe("h2m init --plugin", () => {
  it("writes the template under the new name", async () => {
    const { code, out, err } = await h2m.run("init", "--plugin", NAME);

    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toContain(join(h2m.folder, NAME));
    expect(out).toContain(`cd ${NAME} && npm install && npm test`);
    const { "package.json": _, ...written } = await textsBelow(join(h2m.folder, NAME));
    const { "package.json": __, gitignore = "", ...template } = await textsBelow(TEMPLATE);
    const renamed = Object.entries({ ...template, ".gitignore": gitignore }).map(([file, text]) => [
      file,
      text.replaceAll("h2m-plugin-example", NAME),
    ]);
    expect(written).toEqual(Object.fromEntries(renamed));
    expect(Object.keys(written)).toEqual(
      expect.arrayContaining([".gitignore", "README.md", "src/index.ts", "test/plugin.test.ts"]),
    );
  });

  it("writes a package that can be published and asks for this h2m", async () => {
    await h2m.run("init", `--plugin=${NAME}`);

    const text = await readFile(join(h2m.folder, NAME, "package.json"), "utf8");
    const { name, type, exports, scripts, peerDependencies, devDependencies } = JSON.parse(text);
    expect({ name, type }).toEqual({ name: NAME, type: "module" });
    expect(exports["."].types).toBe("./dist/index.d.ts");
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(["test", "build", "typecheck"]));
    expect(peerDependencies).toEqual({ "harness-to-mcp": `>=${own.version}` });
    // What it is tested with here is what it is given.
    expect(own.devDependencies).toMatchObject(devDependencies);
  });

  it("writes a plugin whose sources a config can name", async () => {
    await h2m.run("init", "--plugin", NAME);
    const entry = [`./${NAME}/src/index.ts`, { deny: "not a list" }];
    await h2m.put("h2m.config.json", JSON.stringify({ plugins: [entry] }));

    const { code, err } = await h2m.run("tools", "claude");

    expect(err).toContain("`deny` must be a list of texts.");
    expect(code).toBe(2);
  });

  it.each([
    ["a folder", [], () => mkdir(join(h2m.folder, NAME))],
    ["a file", [NAME], () => h2m.put(NAME, "mine")],
  ])("leaves %s of that name as it is", async (_, files, make) => {
    await make();

    const { code, err } = await h2m.run("init", "--plugin", NAME);

    expect(err).toBe(
      `h2m: There is a \`${NAME}\` already; it stays as it is.\n     Choose another name, or go to another folder.\n`,
    );
    expect(code).toBe(2);
    expect(Object.keys(await textsBelow(h2m.folder))).toEqual(files);
  });

  it.each([
    [["init", "--plugin", "My Plugin"], "`My Plugin` is no name for a package."],
    [["init", "--plugin", "../mine"], "`../mine` is no name for a package."],
    [["init", "--plugin", "@me/mine"], "`@me/mine` is no name for a package."],
    [["init", "--plugin", ".mine"], "`.mine` is no name for a package."],
    [["init", "--plugin", "x".repeat(215)], "is no name for a package."],
    [["init", "--plugin", "vitest"], "`vitest` is the name of another package."],
    [["init", "--plugin", "fs"], "`fs` is the name of another package."],
    [["init", "--plugin"], "`--plugin` needs a value."],
    [["init", "claude", "--plugin", NAME], "`h2m init --plugin` takes no harness, not `claude`."],
    [["tools", "--plugin", NAME], "`--plugin` belongs to `h2m init`."],
  ])("%j is an error, and nothing is written", async (args, message) => {
    const { code, err, out } = await h2m.run(...args);

    expect(err).toContain(message);
    expect(out).toBe("");
    expect(code).toBe(2);
    expect(await readdir(h2m.folder)).toEqual([]);
  });
});
