import type { Tool } from "../types/mcp.ts";
import type { Session } from "../types/session.ts";

/** The code of `HeaderMismatch` in revision 2026-07-28; the SDK (2.4) does not export it. */
const HEADER_MISMATCH = -32_020;

/** An argument that a tool's schema wants mirrored in the header `Mcp-Param-<name>`. */
interface Mirrored {
  readonly path: readonly string[];
  readonly name: string;
  readonly numeric: boolean;
}

const known = new WeakMap<object, readonly Mirrored[]>();

/**
 * Refuses a call whose `Mcp-Param-*` headers do not say what its arguments say (revision 2026-07-28, `x-mcp-header`): who
 * routes by the header must not be told another thing than who runs the call. The SDK (2.4) checks only tools that are
 * registered with its own `McpServer`.
 */
export async function refuseParamHeaders(
  session: Session,
  body: unknown,
  headers: Headers,
): Promise<Response | undefined> {
  const { id, method, params } = (body ?? {}) as {
    id?: unknown;
    method?: unknown;
    params?: { name?: unknown; arguments?: unknown } | null;
  };
  if (method !== "tools/call" || id === undefined) return undefined;
  if (typeof params?.name !== "string") return undefined;
  const tool = await toolNow(session, params.name);
  if (!tool) return undefined;
  for (const each of mirroredBy(tool.inputSchema)) {
    const message = problem(each, params?.arguments, headers);
    if (message === undefined) continue;
    return Response.json(
      { jsonrpc: "2.0", id, error: { code: HEADER_MISMATCH, message } },
      { status: 400 },
    );
  }
  return undefined;
}

/** None while the harness is still starting: the call itself waits for it, and once is enough. */
function toolNow(session: Session, name: string): Promise<Tool | undefined> {
  const none = new Promise<undefined>((resolve) => setImmediate(resolve, undefined));
  return Promise.race([session.tool(name).catch(() => none), none]);
}

function mirroredBy(schema: object): readonly Mirrored[] {
  let found = known.get(schema);
  if (!found) known.set(schema, (found = [...scan(schema, [])]));
  return found;
}

/** Only what a chain of `properties` reaches can be mirrored. */
function* scan(schema: unknown, path: readonly string[]): Generator<Mirrored> {
  const properties = (schema as { properties?: unknown } | null)?.properties;
  if (typeof properties !== "object" || properties === null) return;
  for (const [key, property] of Object.entries(properties) as [string, unknown][]) {
    if (typeof property !== "object" || property === null) continue;
    const { type, "x-mcp-header": name } = property as Record<string, unknown>;
    const own = [...path, key];
    // A name that is no HTTP token cannot be a header: no client can send it.
    if (typeof name === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(name))
      yield { path: own, name, numeric: type === "integer" || type === "number" };
    yield* scan(property, own);
  }
}

function problem({ path, name, numeric }: Mirrored, args: unknown, headers: Headers) {
  let value = args;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  if (!["string", "number", "boolean"].includes(typeof value)) return undefined;
  const header = `Mcp-Param-${name}`;
  const said = headers.get(header);
  if (said === null)
    return `\`${path.join(".")}\` is in the body, and the header ${header} is missing.`;
  const decoded = decode(said);
  if (decoded === undefined) return `The header ${header} is no valid Base64.`;
  if (decoded === String(value)) return undefined;
  if (numeric && /^-?\d+(\.\d+)?$/.test(decoded) && Number(decoded) === value) return undefined;
  return `The header ${header} and \`${path.join(".")}\` in the body are not the same.`;
}

/** Text that a header cannot carry comes as `=?base64?…?=`. */
function decode(said: string): string | undefined {
  const packed = /^=\?base64\?(.*)\?=$/.exec(said)?.[1];
  if (packed === undefined) return said;
  const bytes = Buffer.from(packed, "base64");
  if (bytes.toString("base64") !== packed) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
