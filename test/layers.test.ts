import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Lines that a file may have. */
const LONGEST = 250;

interface Import {
  /** Below the repository's root. */
  readonly from: string;
  /** The same for a file of ours; for a package its name. */
  readonly to: string;
  readonly own: boolean;
  readonly typeOnly: boolean;
  /** When it runs, not when it is loaded. */
  readonly dynamic: boolean;
}

/** What each room of `src` may import, beside itself. `h2m` ties everything together and may import all. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  types: ["errors"],
  kit: ["types", "errors"],
  plugin: ["types", "errors", "kit"],
  core: ["types", "errors", "kit"],
  config: ["types", "errors", "kit", "core"],
  // Nothing of what the commands do: they load it when they run.
  commands: ["types", "errors", "kit"],
  // The plugins that come with h2m, by name.
  "built-in": ["types", "errors", "kit", "core", "config"],
  hijack: ["types", "errors", "kit", "core"],
  surfaces: ["types", "errors", "kit", "core"],
  server: ["types", "errors", "kit", "core", "hijack", "surfaces"],
  index: ["h2m", "plugin"],
  testing: ["types", "errors", "kit", "h2m"],
  // A config file and a plugin find the running package itself under its name: both entries.
  modules: ["index", "plugin"],
  cli: [
    "types",
    "errors",
    "kit",
    "core",
    "config",
    "server",
    "surfaces",
    "h2m",
    "built-in",
    "modules",
    "commands",
  ],
};

/** The rooms inside of a room, and what each may import of the others. */
const INNER: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  core: {
    plugins: [],
    arguments: [],
    host: ["plugins"],
    files: ["host"],
    tools: ["plugins", "arguments", "files", "host"],
    call: ["plugins", "files", "tools"],
    channel: ["plugins", "host", "tools", "call"],
    session: ["plugins", "files", "host", "tools", "call", "channel"],
  },
  config: { schema: [], files: ["schema"], trust: ["files"], reload: ["schema", "files"] },
  cli: {
    input: [],
    output: ["input"],
    server: ["input", "output"],
    commands: ["input", "output", "server"],
  },
};

const files = [...filesBelow("src"), ...filesBelow("plugins")];
const imports = files.flatMap(importsOf);

describe("the rooms", () => {
  it("were found", () => {
    expect(files).toContain("src/h2m.ts");
    expect(imports.length).toBeGreaterThan(100);
    expect(imports).toContainEqual({
      from: "src/h2m.ts",
      to: "src/core/plugins/hooks.ts",
      own: true,
      typeOnly: false,
      dynamic: false,
    });
  });

  it("import only what stands below them", () => {
    const wrong = imports.filter(({ from, to, own }) => {
      const room = roomOf(from);
      if (!own || !from.startsWith("src/") || room === "h2m") return false;
      return to.startsWith("src/") && room !== roomOf(to) && !ROOMS[room]?.includes(roomOf(to));
    });

    expect(wrong.map(show)).toEqual([]);
  });

  it("are all named here", () => {
    const rooms = new Set(files.filter((file) => file.startsWith("src/")).map(roomOf));

    expect([...rooms].filter((room) => room !== "h2m" && !(room in ROOMS))).toEqual([]);
  });

  it.each(Object.entries(INNER))(
    "inside of %s import only what stands below them",
    (room, rooms) => {
      const within = imports.filter(({ from, to }) => roomOf(from) === room && roomOf(to) === room);
      const wrong = within.filter(({ from, to }) => {
        const [mine, other] = [innerOf(from), innerOf(to)];
        return mine !== undefined && mine !== other && !rooms[mine]?.includes(other ?? "");
      });

      expect(within.length).toBeGreaterThan(10);
      expect(wrong.map(show)).toEqual([]);
    },
  );

  it.each(Object.entries(INNER))("inside of %s are all named here", (room, rooms) => {
    const inner = files.filter((file) => roomOf(file) === room).map(innerOf);

    expect(new Set(inner.filter((each) => each !== undefined))).toEqual(
      new Set(Object.keys(rooms)),
    );
  });

  it("leave no file of the core outside of them", () => {
    const outside = files.filter((file) => roomOf(file) === "core" && innerOf(file) === undefined);

    expect(outside).toEqual([]);
  });

  it("have no files that import one another in a circle, but for types of one room", () => {
    const all = imports.filter(({ own, dynamic }) => own && !dynamic);
    const values = all.filter(({ typeOnly }) => !typeOnly);

    expect(circlesOf(values)).toEqual([]);
    expect(circlesOf(all).filter((circle) => new Set(circle.map(dirname)).size > 1)).toEqual([]);
    // So that this test is one.
    const [from, to] = ["src/a.ts", "src/b.ts"];
    const both = [
      { from, to },
      { from: to, to: from },
    ].map((each) => ({ ...each, own: true, typeOnly: false, dynamic: false }));
    expect(circlesOf(both).flat()).toEqual(expect.arrayContaining([from, to]));
  });

  it("take types from `errors` only where contracts speak of errors", () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) => roomOf(from) === "types" && to === "src/errors.ts" && !typeOnly,
    );

    expect(wrong.map(show)).toEqual([]);
  });
});

describe("plugins", () => {
  it("import `src/plugin.ts`, their own folder and packages, and nothing else of ours", () => {
    const wrong = imports.filter(
      ({ from, to, own }) =>
        own &&
        from.startsWith("plugins/") &&
        to !== "src/plugin.ts" &&
        !to.startsWith(`${from.split("/").slice(0, 2).join("/")}/`),
    );

    expect(wrong.map(show)).toEqual([]);
  });

  it("are named by `src/built-in.ts` alone, and those of commands by `src/commands.ts`", () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        from.startsWith("src/") &&
        to.startsWith("plugins/") &&
        !["src/built-in.ts", "src/commands.ts"].includes(from),
    );

    expect(wrong.map(show)).toEqual([]);
  });
});

describe("plugins of commands", () => {
  it("load nothing with the start: their `index.ts` imports types alone", () => {
    const of = imports.filter(
      ({ from, to }) => from === "src/commands.ts" && to.startsWith("plugins/"),
    );
    const wrong = imports.filter(
      ({ from, typeOnly, dynamic }) => of.some(({ to }) => to === from) && !typeOnly && !dynamic,
    );

    expect(of.length).toBeGreaterThan(0);
    expect(wrong.map(show)).toEqual([]);
  });
});

describe("packages", () => {
  it("of the MCP SDK are used as values in `surfaces` and `plugins/upstream` alone, as types also in `types/mcp.ts`", () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        to.startsWith("@modelcontextprotocol/") &&
        roomOf(from) !== "surfaces" &&
        // There h2m is a client itself.
        !from.startsWith("plugins/upstream/") &&
        !(typeOnly && from === "src/types/mcp.ts"),
    );

    expect(wrong.map(show)).toEqual([]);
  });

  it("of the tests are used in `testing` alone, which nothing imports", () => {
    const wrong = imports.filter(
      ({ from, to }) => (to === "vitest" || roomOf(to) === "testing") && roomOf(from) !== "testing",
    );

    expect(wrong.map(show)).toEqual([]);
    expect(imports.some(({ to }) => to === "vitest")).toBe(true);
  });

  it("of HTTP are unknown to the core", () => {
    const web = /^(h3|crossws|listhen|srvx)(\/|$)|^node:https?$/;
    const wrong = imports.filter(({ from, to }) => roomOf(from) === "core" && web.test(to));

    expect(wrong.map(show)).toEqual([]);
  });
});

it.each(files)("%s has at most 250 lines", (file) => {
  expect(read(file).trimEnd().split("\n").length).toBeLessThanOrEqual(LONGEST);
});

it("the core names no built-in plugin", () => {
  const names = readdirSync(join(ROOT, "plugins")).filter(
    (name) => !["tools", "token", "doctor", "setup"].includes(name),
  );
  const word = new RegExp(`["'\`](${names.join("|")})["'\`]`);
  const wrong = files.filter(
    (file) => roomOf(file) === "core" && word.test(withoutComments(read(file))),
  );

  expect(wrong).toEqual([]);
});

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** All imports of a file, also the dynamic ones. */
function importsOf(from: string): Import[] {
  const statements =
    /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;
  return [...withoutComments(read(from)).matchAll(statements)].map(([, type, named, dynamic]) => {
    const target = named ?? dynamic ?? "";
    const own = target.startsWith(".");
    return {
      from,
      to: own ? relative(ROOT, resolve(ROOT, dirname(from), target)) : target,
      own,
      typeOnly: type !== undefined,
      dynamic: named === undefined,
    };
  });
}

/** `src/core/host.ts` is in `core`, `src/plugin.ts` in `plugin`. */
function roomOf(file: string): string {
  const [top, room = ""] = file.split("/");
  return top === "src" ? room.replace(/\.ts$/, "") : (top ?? "");
}

/** `src/core/host/host.ts` is in `host`, `src/cli/main.ts` in none. */
function innerOf(file: string): string | undefined {
  const [, , inner, name] = file.split("/");
  return name === undefined ? undefined : inner;
}

/** The groups of files that each reach one another by imports (Tarjan). */
function circlesOf(given: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of given) next.set(from, [...(next.get(from) ?? []), to]);
  const seen = new Map<string, { index: number; low: number; open: boolean }>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string) => {
    const mine = { index: seen.size, low: seen.size, open: true };
    seen.set(file, mine);
    stack.push(file);
    for (const to of next.get(file) ?? []) {
      const other = seen.get(to) ?? visit(to);
      if (other.open) mine.low = Math.min(mine.low, other.low);
    }
    if (mine.low === mine.index) {
      const circle = stack.splice(stack.indexOf(file));
      for (const each of circle) {
        const state = seen.get(each);
        if (state) state.open = false;
      }
      if (circle.length > 1) circles.push(circle.toReversed());
    }
    return mine;
  };
  for (const file of next.keys()) if (!seen.has(file)) visit(file);
  return circles;
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}

function show({ from, to }: Import): string {
  return `${from} imports ${to}`;
}
