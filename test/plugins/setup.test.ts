import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { diffOf } from "../../plugins/setup/diff.ts";
import { withEntry, withoutEntry } from "../../plugins/setup/edit.ts";
import { backUp, readFound, replace } from "../../plugins/setup/file.ts";
import type { Format } from "../../plugins/setup/format.ts";
import { json } from "../../plugins/setup/json.ts";
import {
  type ClientPlace,
  entriesOfClients,
  isOwnEntry,
  MCP_CLIENTS,
  sessionOfEntry,
} from "../../src/plugin.ts";
import { toml } from "../../plugins/setup/toml.ts";
import { Random } from "../fuzz/random.ts";

const STDIO = {
  command: "/usr/bin/node",
  args: ["/x/cli.mjs", "--stdio", "--no-config", "claude"],
};
const HTTP = { url: "http://127.0.0.1:9330/mcp/claude/c-abc123", headers: { a: "é \u0085" } };
const JSON_PATH = { key: ["mcpServers"], name: "h2m" };
const TOML_PATH = { key: ["mcp_servers"], name: "h2m" };

/** Adds, adds once more, takes away; and changes in between. */
function roundTrip(format: Format, text: string | undefined, path: typeof JSON_PATH): string {
  const backups = text === undefined ? [] : [text];
  const held = (now: string | undefined) => ({ file: "f", text: now, backups });
  const added = withEntry(format, held(text), path, STDIO);
  expect(withEntry(format, held(added), path, STDIO)).toBe(added);
  expect(withoutEntry(format, held(added), path)).toBe(text);
  const changed = withEntry(format, held(added), path, HTTP);
  expect(withoutEntry(format, held(changed), path)).toBe(text);
  return added;
}

describe("JSON", () => {
  it.each([
    [undefined],
    [""],
    ["\n"],
    ["\ufeff"],
    ["\ufeff  \r\n"],
    ["// nothing yet"],
    ["/* a */ // b\n\n"],
    ["{}"],
    ["{ }"],
    ["{\n}\n"],
    ["{\r\n}\r\n"],
    ["{ /* empty */ }"],
    ["{ // empty\n}"],
    ['{"a":1}'],
    ['{"a":1,}'],
    ['{ "a": 1 }'],
    ['{ "a": 1, /* x */ }'],
    ['{ "a": 1 /* x */ }'],
    ['{\n  "a": 1\n}\n'],
    ['{\n  "a": 1,\n}\n'],
    ['{\n  "a": 1 // about a\n}\n'],
    ['{\n  "a": 1, // about a\n  // "b": 2\n}\n'],
    ['{\n  "a": 1 // about, a\n  , "b": 2\n}\n'],
    ['{\r\n\t"a": {\r\n\t\t"b": [1, 2]\r\n\t}\r\n}'],
    ['{"mcpServers":{}}'],
    ['{"mcpServers": {}, "z": 1}\n'],
    ['{\n    "mcpServers": {},\n    "z": 1\n}'],
    ['{\n  "mcpServers": {\n  }\n}'],
    ['{\n  "mcpServers": {\n    // none\n  }\n}'],
    ['{\n  "mcpServers": {\n    "other": { "command": "x" }\n  },\n  "z": "\\u0000"\n}\n'],
    ['{\n  "mcpServers": {\n    "other": { "command": "x" }, // keep\n  },\n}\n'],
    ['{ "mcpServers": { "other": { "command": "x" } } }'],
    ['{ "mcpServers": {\n  "other": { "command": "x" } } }'],
    ['{ "projects": { "/x": { "mcpServers": { "h2m": 1 } } } }'],
    ['  {\n    "a": "}" }'],
    ['{"a":"// no comment","b":"/*"}'],
  ])("gives every byte back: %j", (text) => {
    roundTrip(json, text, JSON_PATH);
  });

  it("gives every byte back, whatever the file", () => {
    for (let seed = 0; seed < 1_000; seed++) {
      const random = new Random(seed);
      const pick = <T>(of: readonly T[]): T => random.pick(of);
      const end = pick(["\n", "\r\n"]);
      const trivia = () =>
        pick(["", "", " ", end, `${end}\t`, `${end}  `, " /* , } */ ", ` // "x": {${end}`]);
      const value = (depth: number): string =>
        depth > 2 || random.chance(0.5)
          ? pick(["1", '"a}"', "null", '"\\"//"', "[1, 2]", "true"])
          : object(depth + 1, []);
      const object = (depth: number, more: readonly string[]): string => {
        const names = ["a", "b", "c"].filter(() => random.chance(0.6));
        const all = [
          ...names.map((name) => `"${name}"${trivia()}:${trivia()}${value(depth)}`),
          ...more,
        ];
        const order = random.chance(0.5) ? all : all.toReversed();
        const comma = order.length > 0 && random.chance(0.2) ? "," : "";
        return `{${trivia()}${order.join(`${trivia()},${trivia()}`)}${trivia()}${comma}${trivia()}}`;
      };
      const servers = random.chance(0.5) ? [`"mcpServers":${trivia()}${object(1, [])}`] : [];
      const text = pick(["", "\ufeff"]) + trivia() + object(0, servers) + trivia();

      try {
        roundTrip(json, text, JSON_PATH);
      } catch (cause) {
        throw new Error(`seed ${seed}: ${JSON.stringify(text)}`, { cause });
      }
    }
  });
});

describe("TOML", () => {
  it.each([
    [undefined],
    [""],
    ["\n"],
    ["\ufeff"],
    ["# nothing"],
    ["# nothing\n\n\n"],
    ['model = "a"'],
    ['model = "a"\n'],
    ['model = "a"\r\n\r\n[projects."/x"]\r\ntrust_level = "trusted" # y\r\n'],
    ["[mcp_servers]\n"],
    ['[mcp_servers.other]\ncommand = "x"\n\n[mcp_servers.other.env]\nA = "b"\n'],
    ['a = """\n[mcp_servers.h2m]\n"""\n'],
    ["when = 1979-05-27T07:32:00Z\nn = 9007199254740993\nf = 1.0\n[[a]]\nb = 0x1F\n"],
  ])("gives every byte back: %j", (text) => {
    roundTrip(toml, text, TOML_PATH);
  });

  it("gives every byte back, whatever the file", () => {
    const parts = [
      'model = "a"',
      "# [mcp_servers.h2m]",
      "",
      "  ",
      "\tk = [",
      "1, # one",
      "]",
      "[t]",
      "[mcp_servers.other]",
      '[mcp_servers.other.env] # "x"',
      "s = '''",
      "'''",
    ];
    let valid = 0;
    for (let seed = 0; seed < 600; seed++) {
      const random = new Random(seed);
      const end = random.pick(["\n", "\r\n"]);
      const lines = Array.from({ length: random.below(8) }, () => random.pick(parts));
      const text =
        random.pick(["", "\ufeff"]) + lines.join(end) + random.pick(["", end, end + end]);
      try {
        toml.parse(text, "f");
      } catch {
        continue;
      }
      valid += 1;
      try {
        roundTrip(toml, text, TOML_PATH);
      } catch (cause) {
        throw new Error(`seed ${seed}: ${JSON.stringify(text)}`, { cause });
      }
    }
    expect(valid).toBeGreaterThan(100);
  });

  it("takes away what others wrote or moved", () => {
    const text =
      'a = 1\n\n[mcp_servers.h2m]\ncommand = "h2m"\nargs = ["--stdio"]\n\n[mcp_servers.h2m.env]\nA = "b"\n\n# of p\n[p]\nb = 2\n';
    const after = withoutEntry(toml, { file: "f", text, backups: [] }, TOML_PATH);

    expect(after).toBe("a = 1\n\n# of p\n[p]\nb = 2\n");
    const inlined =
      'mcp_servers = { h2m = { command = "h2m", args = ["--stdio"] }, o = { command = "x" } }\n';
    expect(withoutEntry(toml, { file: "f", text: inlined, backups: [] }, TOML_PATH)).toMatch(
      /^mcp_servers = \{ *o = \{ command = "x" \} *\}\n$/,
    );
  });

  it("refuses what it cannot add to, with the lines to add", () => {
    const text = 'mcp_servers = { other = { command = "x" } }\n';

    expect(() => withEntry(toml, { file: "f", text, backups: [] }, TOML_PATH, STDIO)).toThrow(
      expect.objectContaining({
        code: "bad-config",
        hint: expect.stringContaining('[mcp_servers.h2m]\ncommand = "/usr/bin/node"'),
      }),
    );
  });
});

describe("an entry of that name", () => {
  it.each([
    [{ command: "npx", args: ["-y", "other"] }, false],
    [{ url: "https://example.test/mcp" }, false],
    [{ url: "http://127.0.0.1:9330/sse" }, false],
    [{}, false],
    [{ url: "http://127.0.0.1:3845/mcp" }, false],
    [{ url: "https://box.test/a/mcp/claude/x", headersHelper: "cat ~/state/h2m/token" }, true],
    [{ url: "https://box.test/mcp", bearer_token_env_var: "H2M_TOKEN" }, true],
    [STDIO, true],
    [{ command: "h2m", args: ["--stdio", "codex"] }, true],
    [{ type: "local", command: ["npx", "-y", "harness-to-mcp@0.1.0", "--stdio", "x"] }, true],
    [{ serverUrl: "http://127.0.0.1:1/mcp/claude/a" }, true],
    [{ httpUrl: "https://box.test/mcp", headers: { Authorization: "Bearer ${H2M_TOKEN}" } }, true],
  ])("is ours or not: %j", (entry, ours) => {
    expect(isOwnEntry(entry)).toBe(ours);
    const text = JSON.stringify({ mcpServers: { h2m: entry } });
    const held = { file: "f", text, backups: [] };
    const add = () => withEntry(json, held, JSON_PATH, { ...STDIO, x: 1 });
    const remove = () => withoutEntry(json, held, JSON_PATH);

    if (ours) {
      expect(JSON.parse(add()).mcpServers.h2m.x).toBe(1);
      expect(JSON.parse(remove() ?? "{}").mcpServers?.h2m).toBeUndefined();
    } else for (const act of [add, remove]) expect(act).toThrow(/does not start h2m/);
  });

  it("tells the session that it names", () => {
    expect(sessionOfEntry({ url: "http://127.0.0.1:1/mcp/claude/c-1" })).toBe("c-1");
    expect(
      sessionOfEntry({ url: "http://127.0.0.1:1/mcp", http_headers: { "h2m-session": "c-2" } }),
    ).toBe("c-2");
    expect(sessionOfEntry({ url: "http://127.0.0.1:1/mcp/claude" })).toBeUndefined();
  });
});

describe("a broken file", () => {
  it.each([
    ['{\n  "a": 1,\n  "b" 2\n}', "line 3, column 7"],
    ["[1]", "line 1, column 1: it must be an object"],
    ['{"mcpServers": []}', "line 1, column 16: `mcpServers` must be an object"],
    ['{"mcpServers": {}, "mcpServers": {}}', "line 1, column 20: `mcpServers` stands there twice"],
    ["{", "line 1, column 2"],
  ])("is told by line and column: %j", (text, place) => {
    expect(() => withEntry(json, { file: "f", text, backups: [] }, JSON_PATH, STDIO)).toThrow(
      expect.objectContaining({ code: "bad-config", message: expect.stringContaining(place) }),
    );
  });

  it("of TOML too", () => {
    expect(() =>
      withEntry(toml, { file: "f", text: "a = 1\nb = [\n", backups: [] }, TOML_PATH, STDIO),
    ).toThrow(/`f`, line \d+, column \d+: it is no TOML/);
  });
});

describe("a file", () => {
  const inFolder = async (use: (file: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), "h2m-file-"));
    try {
      await use(join(folder, "mcp.json"));
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it("that somebody has changed meanwhile is not written over", () =>
    inFolder(async (file) => {
      const none = await readFound(file);
      await writeFile(file, "theirs");
      expect(await replace(none, "ours", 0o600)).toBe(false);
      const found = await readFound(file);
      await writeFile(file, "theirs again");

      expect(await replace(found, "ours", 0o600)).toBe(false);
      expect(await readFile(file, "utf8")).toBe("theirs again");
      expect(await readdir(dirname(file))).toEqual(["mcp.json"]);
    }));

  it("that is no text, or a link in a circle, is refused", () =>
    inFolder(async (file) => {
      await writeFile(file, Buffer.from([0x7b, 0xff, 0x7d]));
      await expect(readFound(file)).rejects.toThrow(/is no UTF-8/);
      const link = `${file}.link`;
      await symlink(link, link);
      await expect(readFound(link)).rejects.toThrow(/circle|ELOOP/);
    }));

  it("is kept beside itself, through nothing that waits there", () =>
    inFolder(async (file) => {
      await writeFile(file, "mine", { mode: 0o600 });
      await symlink(`${file}.elsewhere`, `${file}.h2m-backup`);

      await expect(backUp(await readFound(file))).rejects.toThrow(/EEXIST/);
      expect(await readdir(dirname(file))).not.toContain("mcp.json.elsewhere");
    }));
});

describe("a diff", () => {
  it("shows what changes and three lines around it", () => {
    expect(diffOf("f", "1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nx\n6\n7\n8\n")).toBe(
      "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n",
    );
    expect(diffOf("f", undefined, "a\n")).toBe("--- /dev/null\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
  });

  it("spells what would steer a terminal, and tells of a missing end", () => {
    expect(diffOf("f\u001b[1m", "\u001b]52;a\r\n", "b")).toBe(
      "--- f\\u{1b}[1m\n+++ f\\u{1b}[1m\n@@ -1,1 +1,1 @@\n-\\u{1b}]52;a\\r\n+b\n\\ No newline at end of file\n",
    );
  });
});

const PLACE: ClientPlace = { home: "/home/ada", folder: "/work/oaks", env: {}, platform: "linux" };
const WAYS = {
  stdio: {
    command: "/n/node",
    args: ["/h/cli.mjs", "--stdio", "--no-config", "codex"],
    env: { PATH: "/bin" },
  },
  http: {
    url: "http://127.0.0.1:9330/mcp/codex/c-abc123",
    headers: {},
    token: { variable: "H2M_TOKEN", file: "/home/ada/state/token" },
  },
};

/** What `h2m setup` writes for each client; where its format comes from stands beside each in src/kit/clients/. */
describe("the entry of each client", () => {
  it.each(MCP_CLIENTS)("$name", async ({ name, files, stdio, http, format, key }) => {
    const at = { key, name: "h2m" };
    const written = format === "toml" ? toml : json;
    const text = (entry: object | undefined) => (entry ? written.lines(at, entry) : "-");

    await expect(
      [
        `user: ${String(files("user", PLACE))}`,
        `macOS: ${String(files("user", { ...PLACE, platform: "darwin" }))}`,
        `project: ${String(files("project", PLACE))}`,
        text(stdio({ ...WAYS.stdio })),
        typeof http === "string" ? http : text(http(WAYS.http)),
        "",
      ].join("\n"),
    ).toMatchFileSnapshot(`../fixtures/setup/${name}.txt`);
  });

  it("is found again in its file, with what it starts or where it leads", async () => {
    const home = await realpath(await mkdtemp(join(tmpdir(), "h2m-entries-")));
    try {
      const place = { ...PLACE, home, folder: join(home, "oaks") };
      const put = async (file: string, text: string) => {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      };
      for (const { files, format, key, stdio } of MCP_CLIENTS) {
        const [file = ""] = files("user", place);
        const at = { key, name: "h2m" };
        const other = { ...at, name: "other" };
        const written = format === "toml" ? toml : json;
        const before = written.add(undefined, other, { command: "x" }, file);
        await put(file, written.add(before, at, stdio(WAYS.stdio), file));
      }
      await put(
        join(home, "oaks/.mcp.json"),
        '{ "mcpServers": { "far": { "url": "http://localhost:1/mcp/claude/x" } } }',
      );
      await put(join(home, "oaks/.vscode/mcp.json"), "{ broken");

      const { entries, unreadable } = await entriesOfClients(place);

      expect(
        entries.map(({ client, scope, name }) => `${client} ${scope} ${name}`).toSorted(),
      ).toEqual(
        [...MCP_CLIENTS.map(({ name }) => `${name} user h2m`), "claude project far"].toSorted(),
      );
      for (const { url, command, args } of entries)
        expect(url ?? [command, ...(args ?? [])]).toEqual(
          url === undefined
            ? [WAYS.stdio.command, ...WAYS.stdio.args]
            : "http://localhost:1/mcp/claude/x",
        );
      expect(unreadable).toMatchObject([
        { client: "vscode", error: { message: expect.stringContaining("no JSON") } },
      ]);
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
