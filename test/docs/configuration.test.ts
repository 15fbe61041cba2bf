import { describe, expect, it } from "vitest";
import { DEFAULTS, REDACT } from "../../src/config/schema/defaults.ts";
import { keysAt } from "../../src/config/schema/schema.ts";
import { interfacesOf } from "../helpers/interfaces.ts";
import { codeSpans, readPage, rowsOf } from "../helpers/markdown.ts";

const PAGE = readPage("docs/1.guide/3.configuration.md");
/** What a key that stands below a name, or needs another one, is a member of. */
const CONTRACTS: Readonly<Record<string, string>> = {
  "harnesses.*": "HarnessOptions",
  "workspaces.*": "WorkspaceOptions",
  "tools.args.*": "ToolArguments",
  audit: "AuditOptions",
};
/** Each has all keys again. */
const PROFILES = "profiles";
/** Sections that may be a value instead. */
const VALUES = { audit: false };

/** Key → what the table says of its default. */
const documented = new Map(
  rowsOf(PAGE)
    .filter(({ heading }) => heading === "Configuration")
    .flatMap(({ cells: [keys = "", cell = ""] }) => {
      const names = keysIn(keys);
      const defaults = cell.split(", ");
      return names.map((name, at): [string, string] => [
        name,
        defaults.length === names.length ? (defaults[at] ?? "") : cell,
      ]);
    }),
);

describe("the table of the configuration page", () => {
  it("has every key of the schema, and no other", () => {
    const known = pathsBelow([]).map((path) => path.join("."));

    expect(known).toContain("tools.args.*.pin");
    expect([...documented.keys()].toSorted()).toEqual(known.toSorted());
  });

  it("tells the defaults that hold", () => {
    const below = Object.keys(CONTRACTS).map((prefix) => `${prefix}.`);
    const own = [...documented].filter(([key]) => !below.some((prefix) => key.startsWith(prefix)));
    const wrong = own.flatMap(([key, cell]) => {
      const wanted = defaultOf(key);
      const told = valueOf(cell);
      const same = JSON.stringify(told) === JSON.stringify(wanted);
      return same ? [] : [`${key}: ${cell}, but it is ${JSON.stringify(wanted)}`];
    });

    expect(wrong).toEqual([]);
    expect(valueOf("10 min")).toBe(DEFAULTS.timeouts.call);
    expect(documented.get("tools.exclude")).toBe("`[]`");
  });

  it("tells the defaults of what stands below a name as the types do, and what is required", () => {
    const wrong = Object.entries(CONTRACTS).flatMap(([prefix, contract]) =>
      (interfacesOf().get(contract) ?? []).flatMap(({ name, optional, default: said }) => {
        const cell = documented.get(`${prefix}.${name}`) ?? "";
        if (!optional) return cell === "required" ? [] : [`${prefix}.${name} is required`];
        const wanted = literalOf(said);
        return JSON.stringify(valueOf(cell)) === JSON.stringify(wanted)
          ? []
          : [`${prefix}.${name}: ${cell}, but it is ${said}`];
      }),
    );

    expect(wrong).toEqual([]);
    expect(valueOf(documented.get("harnesses.*.host") ?? "")).toBe("shared");
  });

  it("tells which keys an audit does not write", () => {
    const spans = PAGE.prose.flatMap(codeSpans);

    for (const glob of REDACT) expect(spans).toContain(glob);
  });
});

/** `tools.rename`, `.describe` → `tools.rename`, `tools.describe` */
function keysIn(cell: string): string[] {
  const keys: string[] = [];
  for (const span of codeSpans(cell)) {
    const parent = keys.at(-1)?.replace(/\.[^.]*$/, "") ?? "";
    keys.push(span.startsWith(".") ? parent + span : span);
  }
  return keys;
}

/** The places of a config that hold a value, also those by a name (`*`); not the sections around them. */
function pathsBelow(path: readonly string[]): string[][] {
  const name = path.join(".");
  const inside = (at: readonly string[]) => keysAt(at).flatMap((key) => pathsBelow([...at, key]));
  if (keysAt(path).length > 0) return name in VALUES ? [[...path], ...inside(path)] : inside(path);
  return name === PROFILES ? [[...path]] : [[...path], ...inside([...path, "*"])];
}

/** `undefined` where there is none. */
function defaultOf(key: string): unknown {
  let value: unknown = DEFAULTS;
  for (const part of key.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  // Names alone are documented: a list.
  return key === "harnesses" ? Object.keys(value as object) : value;
}

/** What a cell says; `undefined` for words. */
function valueOf(cell: string): unknown {
  const [, amount, unit] = /^(\d+)(?: (s|min))?$/.exec(cell) ?? [];
  if (amount !== undefined) return Number(amount) * ({ s: 1000, min: 60_000 }[unit ?? ""] ?? 1);
  const code = /^`(.*)`$/.exec(cell)?.[1];
  return code === undefined ? undefined : (literalOf(code) ?? code);
}

function literalOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    // Words, or none.
    return undefined;
  }
}
