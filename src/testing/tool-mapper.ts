import { describe, expect, it } from "vitest";
import type { MapperCall, ToolMapper } from "../types/mapper.ts";
import type { CallToolResult, Tool } from "../types/mcp.ts";
import type { SessionInfo } from "../types/session.ts";

/** What the tests of a mapper need to know. */
export interface ToolMapperCase {
  /** A list that it gets, best with every tool that it treats in a special way. */
  readonly tools: readonly Tool[];
  /** The arguments of the calls. @default { a: 1 } */
  readonly arguments?: Readonly<Record<string, unknown>>;
  /**
   * What it does to calls on purpose: `arguments` or `results` are changed, or some are not passed on at all (`calls`).
   * Everything else must go through untouched. @default []
   */
  readonly changes?: readonly ("arguments" | "calls" | "results")[];
}

const SESSION: SessionInfo = { id: "s", harness: "fake", attached: false };
const RESULT: CallToolResult = {
  content: [
    { type: "text", text: "seen" },
    { type: "image", mimeType: "image/png", data: "AAAA" },
  ],
  isError: true,
};

/**
 * Tests what every mapper must do: a list is mapped anew without changing the old one, and every listed tool can be
 * called. Call it at the top of a test file.
 */
export function describeToolMapper(mapper: ToolMapper, options: ToolMapperCase): void {
  const { tools, arguments: args = { a: 1 }, changes = [] } = options;
  const context = { session: SESSION };
  const list = (given: readonly Tool[]) => mapper.list?.(given, context) ?? given;
  /** What reaches the harness's side of this mapper. */
  const called = async (name: string): Promise<{ inner: MapperCall[]; result: CallToolResult }> => {
    const inner: MapperCall[] = [];
    const next = async (call: MapperCall) => {
      inner.push(call);
      return RESULT;
    };
    const outer = { name, arguments: { ...args } };
    const { signal } = new AbortController();
    const result = mapper.call
      ? await mapper.call(outer, next, { ...context, signal, tools })
      : await next(outer);
    return { inner, result };
  };

  describe(`the mapper ${mapper.name}`, () => {
    it("changes no list that it is given, and gives the same for the same", () => {
      const before = JSON.stringify(tools);
      const frozen = Object.freeze(tools.map((tool) => Object.freeze({ ...tool })));

      const first = list(frozen);

      expect(list(frozen)).toEqual(first);
      expect(JSON.stringify(frozen)).toBe(before);
    });

    it("takes an empty list", () => {
      expect(() => list([])).not.toThrow();
    });

    it("gives tools that MCP allows: a name, and an object as schema", () => {
      for (const tool of list(tools)) {
        expect(tool.name).toMatch(/\S/);
        expect(tool.inputSchema.type).toBe("object");
      }
    });

    it("passes a call of each tool that it lists on to a tool that there is", async () => {
      const known = new Set(tools.map(({ name }) => name));

      for (const { name } of list(tools)) {
        const { inner, result } = await called(name);
        expect(inner.length).toBeLessThanOrEqual(1);
        if (!changes.includes("calls")) expect(inner.length).toBe(1);
        if (inner.length === 0) expect(result.content).toBeInstanceOf(Array);
        for (const call of inner) {
          expect(known).toContain(call.name);
          if (!changes.includes("arguments")) expect(call.arguments).toEqual(args);
        }
      }
    });

    it("calls no two tools by one name", async () => {
      const reached = (
        await Promise.all(list(tools).map(async ({ name }) => (await called(name)).inner))
      ).flatMap((inner) => inner.map(({ name }) => name));

      expect(new Set(reached).size).toBe(reached.length);
    });

    if (!changes.includes("results"))
      it("leaves results as they are", async () => {
        for (const { name } of list(tools)) {
          const { inner, result } = await called(name);
          if (inner.length > 0) expect(result).toBe(RESULT);
        }
      });
  });
}
