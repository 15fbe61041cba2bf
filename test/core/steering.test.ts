import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfigFile } from "../../src/config/files/load.ts";
import { Steering } from "../../src/core/files/steering.ts";
import { connected, serve } from "../helpers/server.ts";
import { fakePlugin } from "../../src/testing.ts";
import { attached } from "../helpers/attached.ts";

let base: string;
let project: string;
let work: string;
let steering: Steering;
const here = (...names: string[]) => join(base, ...names);

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "h2m-test-")));
  project = here("project");
  work = here("work");
  for (const folder of ["project", "work", "state/trust"])
    mkdirSync(here(folder), { recursive: true });
  writeFileSync(here("project/h2m.config.json"), "{}");
  writeFileSync(here("project/rules.ts"), "");
  writeFileSync(here("state/token"), "secret");
  steering = new Steering({
    files: () => [here("project/h2m.config.json"), here("project/rules.ts"), here("audit.jsonl")],
    folders: [here("state")],
    places: () => [project],
  });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const refused = (path: string, folders: readonly string[] = [work]) =>
  steering.refusal(path, folders) !== undefined;

describe("what steers h2m", () => {
  it.each<[string, () => string]>([
    ["the config", () => here("project/h2m.config.json")],
    ["what it imports", () => here("project/rules.ts")],
    ["a file that is not there yet", () => here("audit.jsonl")],
    ["one more config beside it", () => here("project/h2m.config.ts")],
    ["the lock", () => here("project/h2m.lock.json")],
    ["the token", () => here("state/token")],
    ["a new file in the state folder", () => here("state/trust/new")],
    ["`..`", () => `${work}/../project/h2m.config.json`],
    ["`..` after a folder that is not there", () => `${work}/none/../../project/h2m.config.json`],
    ["a relative path", () => relative(work, here("project/h2m.config.json"))],
    ["more slashes and dots", () => `${base}//project/./h2m.config.json`],
    ["/proc/self/root", () => `/proc/self/root${here("project/h2m.config.json")}`],
    ["/proc/self/cwd", () => "/proc/self/cwd/h2m.config.json"],
    ["an open file", () => "/proc/self/fd/7"],
    ["the same by /dev/fd", () => "/dev/fd/7"],
    ["another case", () => here("project/H2M.Config.JSON")],
    ["another case of the folder", () => here("PROJECT/h2m.config.ts")],
    ["blanks around", () => ` ${here("project/h2m.config.json")}\n`],
    ["a URL", () => `file://${here("project/h2m.config.json")}`],
    ["decomposed letters", () => here("project/h2m.config.json").normalize("NFD")],
  ])("is not written by %s", (_, path) => {
    expect(refused(path())).toBe(true);
  });

  it("is not written by a hard link into a folder with more files than are looked at", () => {
    const few = new Steering({ files: () => [], folders: [here("state")], places: () => [] }, 3);
    for (const name of ["a", "b", "c", "d"]) writeFileSync(here("state/trust", name), "");
    linkSync(here("state/token"), here("work/hard"));
    writeFileSync(here("work/other"), "");
    linkSync(here("work/other"), here("work/same"));
    writeFileSync(here("work/alone"), "");

    expect(few.refusal(here("work/hard"), [work])).toBeDefined();
    expect(few.refusal(here("work/same"), [work])).toMatch(
      /`\S+same` has more than one name .+ `\S+state` holds more than 3 files\. Give the file a copy/,
    );
    expect(few.refusal(here("work/alone"), [work])).toBeUndefined();
    expect(steering.refusal(here("work/same"), [work])).toBeUndefined();
  });

  it.each<[string, () => string]>([
    [
      "a link to it",
      () => {
        symlinkSync(here("project/h2m.config.json"), here("work/link"));
        return here("work/link");
      },
    ],
    [
      "a link to a link to it",
      () => {
        symlinkSync("../project/h2m.config.json", here("work/one"));
        symlinkSync("one", here("work/two"));
        return here("work/two");
      },
    ],
    [
      "a link to one that is not there yet",
      () => {
        symlinkSync(here("project/h2m.config.mjs"), here("work/new"));
        return here("work/new");
      },
    ],
    [
      "a hard link",
      () => {
        linkSync(here("project/h2m.config.json"), here("work/hard"));
        return here("work/hard");
      },
    ],
    [
      "a hard link into the state folder",
      () => {
        linkSync(here("state/token"), here("work/hard"));
        return here("work/hard");
      },
    ],
    [
      "a folder that is a link",
      () => {
        symlinkSync(project, here("work/folder"));
        return here("work/folder/h2m.config.ts");
      },
    ],
    [
      "`..` after a link, which is another folder for the system than for the eye",
      () => {
        mkdirSync(here("project/inner"));
        symlinkSync(here("project/inner"), here("work/inner"));
        return here("work/inner") + "/../h2m.config.json";
      },
    ],
    [
      "its new name, after it was moved",
      () => {
        renameSync(here("project/rules.ts"), here("work/moved"));
        return here("work/moved");
      },
    ],
    [
      "its old name, after its folder was replaced",
      () => {
        renameSync(project, here("elsewhere"));
        mkdirSync(project);
        return here("project/h2m.config.json");
      },
    ],
    [
      "`~`",
      () => {
        steering = new Steering({
          files: () => [join(homedir(), "h2m-test-none", "c.ts")],
          folders: [],
          places: () => [],
        });
        return "~/h2m-test-none/c.ts";
      },
    ],
  ])("is not written by %s", (_, path) => {
    expect(refused(path())).toBe(true);
  });

  it("is not written from a folder that nobody told of", () => {
    expect(refused("../../../../h2m.config.json", [])).toBe(true);
    expect(refused("h2m.config.ts", [])).toBe(true);
    expect(refused("../project/rules.ts", ["/nowhere/at/all"])).toBe(true);
  });

  it("is told by its real name, and whom to ask", () => {
    symlinkSync(here("project/h2m.config.json"), here("work/link"));

    const reason = steering.refusal("link", [work]);

    expect(reason).toContain(`\`${here("project/h2m.config.json")}\` steers h2m itself`);
    expect(reason).toContain("A person");
  });

  it("leaves every other file alone", () => {
    symlinkSync("loop", here("work/loop"));
    linkSync(here("work/../project/rules.ts"), here("project/unused")); // The same file: refused.
    writeFileSync(here("work/plain"), "");
    linkSync(here("work/plain"), here("work/plainer"));

    for (const path of [
      here("project/src/index.ts"),
      here("project/h2m.config.ts/inside"),
      here("work/h2m.config.ts"),
      here("work/plain"),
      here("work/plainer"),
      here("work/loop"),
      here("project/README.md"),
      "index.ts",
      "../rules2.ts",
      "",
    ])
      expect(steering.refusal(path, [work])).toBeUndefined();
    expect(refused(here("project/unused"))).toBe(true);
  });
});

it("a path that no file can have is refused, or left to the harness, and nothing throws", () => {
  expect(steering.refusal(`${here("project/h2m.config.json")}\0`, [work])).toMatch(/NUL/);
  expect(refused("a\0b")).toBe(true);
  // Longer than a name may be, in a path that is not too long.
  expect(refused(here("work", "x".repeat(300)))).toBe(false);
  expect(refused(here("work", "plain", "below a file"))).toBe(false);
});

describe("a tool of a harness that writes", () => {
  const config = () => ({
    harnesses: ["fake"],
    plugins: [fakePlugin({ driver: true, tools: ["write"] })],
    tools: { include: ["write"] },
    cwd: project,
  });

  it("does not reach the config, nor what it is made of, nor a private folder; other files it does", async () => {
    const text =
      'import "./more"; const rules = "./not-there.json"; process.loadEnvFile?.call; export default {};';
    writeFileSync(here("project/h2m.config.mjs"), text);
    writeFileSync(here("project/more.ts"), "export {};");
    rmSync(here("project/h2m.config.json"));
    await loadConfigFile({ folder: project, modules: {} });
    const h2m = await serve({ ...config(), audit: { file: here("audit.jsonl") } });
    const client = await connected(h2m);
    const written = async (path: string) => {
      const result = await client.call("write", { path, text: "written" });
      return JSON.stringify(result.content);
    };

    for (const name of [
      "project/h2m.config.mjs",
      "project/h2m.config.ts",
      "project/more.ts",
      "project/not-there.json",
      "project/.env",
      "project/h2m.lock.json",
      "audit.jsonl",
    ])
      expect(await written(here(name))).toContain("steers h2m itself");
    expect(await written(join(process.cwd(), "h2m.config.ts"))).toContain("steers h2m itself");
    expect(await written(join(process.cwd(), "src/h2m.ts"))).toContain("steers h2m itself");
    expect(await written(here("work/other.txt"))).toContain("written:");
    expect(readFileSync(here("project/h2m.config.mjs"), "utf8")).toBe(text);
    expect(readFileSync(here("audit.jsonl"), "utf8")).toContain('"outcome":"refused"');
  });

  it("does not reach them through a harness that attached either", async () => {
    const h2m = await serve({ plugins: [fakePlugin()] });
    const harness = attached(h2m);
    const reply = await harness.turn({
      tools: [
        {
          name: "Write",
          description: "Writes.",
          schema: { type: "object", properties: { file_path: { type: "string" } } },
        },
      ],
    });
    const client = await connected(h2m);

    const result = await client.call("Write", { file_path: "h2m.config.ts" });

    expect(JSON.stringify(result)).toContain("steers h2m itself");
    expect(reply.calls).toEqual([]);
  });
});
