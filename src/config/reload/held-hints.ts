import type { ToolAnnotations } from "../../types/mcp.ts";

type ByTool = Readonly<Record<string, ToolAnnotations>>;

/** What each hint says of a tool that is feared. What is not said is feared too, or is what the harness says. */
const FEARED = { readOnlyHint: false, destructiveHint: true, openWorldHint: true } as const;
const HINTS = Object.keys(FEARED) as (keyof typeof FEARED)[];

/**
 * The later annotations, but no tool seems more harmless by them than before: a hint may stay, or become the feared one. One that
 * is new, or gone, may stand for either.
 */
export function heldHints(before: ByTool, after: ByTool): { annotations: ByTool; wider: boolean } {
  let wider = false;
  const tools = new Set([...Object.keys(before), ...Object.keys(after)]);
  const entries = [...tools].map((tool): [string, ToolAnnotations] => {
    const old = own(before, tool);
    const now: Record<string, unknown> = { ...own(after, tool) };
    for (const hint of HINTS) {
      if (now[hint] === old[hint] || now[hint] === FEARED[hint]) continue;
      wider = true;
      if (old[hint] === undefined) delete now[hint];
      else now[hint] = old[hint];
    }
    return [tool, now];
  });
  return { annotations: wider ? Object.fromEntries(entries) : after, wider };
}

function own(annotations: ByTool, tool: string): ToolAnnotations {
  return (Object.hasOwn(annotations, tool) ? annotations[tool] : undefined) ?? {};
}
