import { createHash } from "node:crypto";
import { H2mError } from "../../errors.ts";
import { arrayOf, type JsonObject, objectOf } from "../../kit/json.ts";
import type { HarnessLock, Lock, ToolLock } from "../../types/lock.ts";
import type { Tool } from "../../types/mcp.ts";

/** What became of one tool. */
export interface Difference {
  readonly tool: string;
  readonly kind: "added" | "removed" | "changed";
  /** What is different in its schema, in words. */
  readonly what: readonly string[];
}

/** So many differences stand in an error; `h2m diff` tells all. */
const TOLD = 5;

/** What is kept of a list. */
export function lockOf(tools: readonly Tool[], version: string | undefined): HarnessLock {
  const entries = tools.map((tool) => [tool.name, toolLock(tool)] as const);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...(version === undefined ? {} : { version }), tools: Object.fromEntries(sorted) };
}

/** What is different now, by the names of the tools. */
export function differences(before: HarnessLock, after: HarnessLock): Difference[] {
  const names = new Set([...Object.keys(before.tools), ...Object.keys(after.tools)]);
  return [...names].toSorted().flatMap((tool): Difference[] => {
    const old = own(before.tools, tool);
    const now = own(after.tools, tool);
    if (!old) return [{ tool, kind: "added", what: [] }];
    if (!now) return [{ tool, kind: "removed", what: [] }];
    if (old.schema === now.schema) return [];
    return [{ tool, kind: "changed", what: changes(old, now) }];
  });
}

/** One line on one tool. */
export function inWords({ tool, kind, what }: Difference): string {
  const sign = { added: "+", removed: "-", changed: "~" }[kind];
  return `${sign} ${tool}${what.length > 0 ? `: ${what.join("; ")}` : ""}`;
}

/** @throws H2mError `list-changed` if these are not the tools of the lock */
export function mustBeLocked(lock: Lock, harness: string, tools: readonly Tool[]): void {
  const before = own(lock.harnesses, harness);
  const how = "`h2m lock` takes over what there is now.";
  if (!before) {
    const what = `The lock has no tools of \`${harness}\`, and nothing else may be served.`;
    throw new H2mError("list-changed", what, { hint: how });
  }
  const found = differences(before, lockOf(tools, undefined));
  if (found.length === 0) return;
  const more = found.length > TOLD ? ` and ${found.length - TOLD} more` : "";
  const list = found.slice(0, TOLD).map(inWords).join(", ");
  throw new H2mError(
    "list-changed",
    `The tools of \`${harness}\` are not those of the lock: ${list}${more}.`,
    { hint: `Look at \`h2m diff\`; ${how}` },
  );
}

function changes(old: ToolLock, now: ToolLock): string[] {
  const found: string[] = [];
  const names = new Set([...Object.keys(old.properties), ...Object.keys(now.properties)]);
  for (const name of [...names].toSorted()) {
    const before = own(old.properties, name);
    const after = own(now.properties, name);
    if (before === after) continue;
    if (before === undefined) found.push(`\`${name}\` is new`);
    else if (after === undefined) found.push(`\`${name}\` is gone`);
    else if (shapeIn(before) === shapeIn(after)) found.push(`\`${name}\` has another description`);
    else found.push(`\`${name}\` has another schema`);
  }
  for (const name of now.required)
    if (!old.required.includes(name)) found.push(`\`${name}\` is required`);
  for (const name of old.required)
    if (!now.required.includes(name) && own(now.properties, name))
      found.push(`\`${name}\` is not required any more`);
  if (found.length > 0) return found;
  const same = shapeIn(old.schema) === shapeIn(now.schema);
  return [same ? "another description in its schema" : "another schema"];
}

function toolLock({ inputSchema }: Tool): ToolLock {
  const properties = Object.entries(objectOf(inputSchema.properties) ?? {});
  const required = arrayOf(inputSchema.required) ?? [];
  return {
    schema: hashes(inputSchema),
    properties: Object.fromEntries(properties.map(([name, schema]) => [name, hashes(schema)])),
    required: required.filter((name) => typeof name === "string").toSorted(),
  };
}

function hashes(schema: unknown): string {
  return `${hash(shape(schema))}.${hash(schema)}`;
}

function shapeIn(hashes: string): string {
  return hashes.slice(0, hashes.indexOf("."));
}

/** Independent of the order of keys and of required names, which means nothing. */
function hash(value: unknown): string {
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (key === "required") return arrayOf(inner)?.toSorted() ?? inner;
    const object = objectOf(inner);
    if (!object) return inner;
    return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash("sha256")
    .update(text ?? "")
    .digest("hex")
    .slice(0, 16);
}

/** Keywords whose values are no schemas. */
const VALUES = new Set(["const", "default", "enum", "examples"]);
/** Keywords whose values are schemas by name: the names are no keywords. */
const NAMED = new Set(["properties", "patternProperties", "$defs", "definitions"]);
const TEXTS = new Set(["description", "title", "$comment", "examples"]);

/** A schema without its texts. */
function shape(schema: unknown): unknown {
  const list = arrayOf(schema);
  if (list) return list.map(shape);
  const object = objectOf(schema);
  if (!object) return schema;
  const kept = Object.entries(object).filter(([key]) => !TEXTS.has(key));
  return Object.fromEntries(
    kept.map(([key, value]) => {
      if (VALUES.has(key)) return [key, value];
      return [key, NAMED.has(key) ? named(objectOf(value) ?? {}) : shape(value)];
    }),
  );
}

function named(schemas: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, each]) => [name, shape(each)]));
}

/** A tool may be called like something that every object has. */
function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
