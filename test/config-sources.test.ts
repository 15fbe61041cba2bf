import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { importedNames } from "../src/config/files/imports.ts";
import { sourcesOf, wantedBy } from "../src/config/files/sources.ts";

let folder: string;
beforeEach(() => (folder = realpathSync(mkdtempSync(join(tmpdir(), "h2m-test-")))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, text = ""): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

it("a config is made of what it imports, to the end, and of the files that it names", () => {
  const config = put(
    "c/h2m.config.ts",
    `import a from "./a";
     import "./b.js"; export * from '../d';
     const e = await import("./e.mjs"), f = require("./f.cjs");
     export default { prompt: readFileSync("./text.md"), command: "../bin/claude" };`,
  );
  const all = [
    "c/b.ts",
    "d/index.ts",
    "c/e.mjs",
    "c/f.cjs",
    "c/text.md",
    "bin/claude",
    "c/deep.json",
  ];
  for (const name of all) put(name);
  put("c/a.ts", 'import deep from "./deep.json"; import "./h2m.config.ts";');

  const found = sourcesOf([config]).map(({ path }) => path);

  const wanted = ["c/h2m.config.ts", "c/a.ts", ...all].map((name) => join(folder, name));
  expect(found.toSorted()).toEqual(wanted.toSorted());
});

it("a folder that it names is not a part of it, nor what a file that it only names imports", () => {
  const config = put(
    "h2m.config.ts",
    'export default { cwd: ".", workspaces: { web: { cwd: "./web" } }, note: "./web/main.ts" };',
  );
  put("index.ts");
  put("web/index.ts");
  put("web/main.ts", 'import "./part.ts";');
  put("web/part.ts");

  const found = sourcesOf([config]).map(({ path }) => path);

  expect(found.toSorted()).toEqual([config, join(folder, "web/main.ts")].toSorted());
});

it("a file that it would read, and an `.env`, are wanted before they are there", () => {
  const read = {
    path: join(folder, "h2m.config.ts"),
    text: 'loadEnvFile(); read("./local.json");',
  };
  const plain = { path: join(folder, "h2m.config.ts"), text: "export default { cwd: './web' };" };

  const wanted = wantedBy(read);

  for (const name of ["local.json", ".env", ".env.local"])
    expect(wanted).toContain(join(folder, name));
  expect(wantedBy(plain)).toEqual([]);
});

it("what would be loaded instead of an import without its ending is wanted too", () => {
  put("rules.ts");
  const path = put("h2m.config.ts", 'import rules from "./rules"; export default rules;');
  const [source] = sourcesOf([path]);

  const wanted = wantedBy(source!);

  for (const name of ["rules", "rules.js", "rules.mjs", "rules.cjs", "rules/index.ts"])
    expect(wanted).toContain(join(folder, name));
});

it.each([
  ["a comment", 'const a = await import(/* @vite-ignore */ "./lib/x");'],
  ["a comment to the line's end", 'import a from // why\n  "./lib/x";'],
  [
    "a long comment, and many",
    `import a from /*${" why".repeat(3_000)} */ ${"/* */".repeat(15)} "./lib/x";`,
  ],
  ["a query", 'import a from "./lib/x.ts?v=1";'],
  ["a fragment", 'import a from "./lib/x.ts#v";'],
  ["percent signs", 'import a from "./l%69b/x.ts";'],
  ["an escape", String.raw`import a from "./l\u0069b/x.ts"; import "\x2e/lib/x";`],
])("an import with %s is one", (_, text) => {
  const config = put("h2m.config.ts", text);
  const x = put("lib/x.ts", 'import "./deep";');
  const deep = put("lib/deep.ts");

  expect(sourcesOf([config]).map(({ path }) => path)).toEqual([config, x, deep]);
});

it("a file whose name has the signs of a URL in it is one", () => {
  const names = ["a?b.ts", "a#b.ts", "a%41b.ts", "a%zz.ts"];
  const config = put("h2m.config.ts", names.map((name) => `import "./${name}";`).join("\n"));
  const files = names.map((name) => put(name));

  const found = sourcesOf([config]).map(({ path }) => path);
  expect(found).toEqual(expect.arrayContaining(files));
});

it("a long text without an end is looked through in time", () => {
  const texts = ["from/*", "import(", "from //", "from    "].map((part) => part.repeat(100_000));
  for (const text of texts) expect(importedNames(text)).toEqual([]);
});
