import { describe, expect, it } from "vitest";
import type {
  CallToolResult,
  MapperCall,
  SessionInfo,
  Tool,
  ToolMapper,
} from "../../src/plugin.ts";

const SESSION: SessionInfo = { id: "s", harness: "fake", attached: false };
const RESULT: CallToolResult = {
  content: [
    { type: "text", text: "seen" },
    { type: "image", mimeType: "image/png", data: "AAAA" },
  ],
  isError: true,
};

/** What every mapper must do: a list is mapped anew without changing the old one, and every listed tool can be called. */
export function describeToolMapper(mapper: ToolMapper, tools: readonly Tool[]): void {
  const context = { session: SESSION };
  const list = (given: readonly Tool[]) => mapper.list?.(given, context) ?? given;
  /** What reaches the harness's side of this mapper. */
  const called = async (name: string): Promise<{ inner: MapperCall[]; result: CallToolResult }> => {
    const inner: MapperCall[] = [];
    const next = async (call: MapperCall) => {
      inner.push(call);
      return RESULT;
    };
    const outer = { name, arguments: { a: 1 } };
    const { signal } = new AbortController();
    const result = mapper.call
      ? await mapper.call(outer, next, { ...context, signal })
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
        const { inner } = await called(name);
        expect(inner.length).toBe(1);
        expect(known).toContain(inner[0]?.name);
        expect(inner[0]?.arguments).toEqual({ a: 1 });
      }
    });

    it("calls no two tools by one name", async () => {
      const reached = await Promise.all(
        list(tools).map(async ({ name }) => (await called(name)).inner[0]?.name),
      );

      expect(new Set(reached).size).toBe(reached.length);
    });

    it("leaves results as they are", async () => {
      for (const { name } of list(tools)) expect((await called(name)).result).toBe(RESULT);
    });
  });
}
