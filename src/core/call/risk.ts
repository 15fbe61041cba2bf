import type { ToolAnnotations } from "../../types/mcp.ts";

/** What a word of `tools.confirm` begins with that names no tool. */
export const RISK_PREFIX = "risk:";

/** What a tool may be feared for. */
export const RISKS = ["write", "destructive", "open-world"] as const;
export type Risk = (typeof RISKS)[number];

/** Whether a tool has a risk, by its annotations; what they do not say is feared, as MCP's own defaults do. */
export function hasRisk(risk: Risk, annotations: ToolAnnotations): boolean {
  const { readOnlyHint, destructiveHint, openWorldHint } = annotations;
  switch (risk) {
    case "write":
      return readOnlyHint !== true;
    case "destructive":
      return readOnlyHint !== true && destructiveHint !== false;
    case "open-world":
      return openWorldHint !== false;
    default:
      return risk satisfies never;
  }
}
