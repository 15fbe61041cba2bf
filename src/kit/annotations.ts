import type { ToolAnnotations } from "../types/mcp.ts";

export interface Effects {
  /** Deletes, overwrites or stops something. @default false: it only adds */
  readonly destructive?: boolean | undefined;
  /** Twice is as good as once. @default false */
  readonly idempotent?: boolean | undefined;
  /** Reaches beyond this machine. @default false */
  readonly open?: boolean | undefined;
}

/** The annotations of a tool that changes nothing. */
export function reads(
  title: string,
  { open = false }: Pick<Effects, "open"> = {},
): ToolAnnotations {
  return {
    title,
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: open,
  };
}

/** The annotations of a tool that changes something. */
export function changes(
  title: string,
  { destructive = false, idempotent = false, open = false }: Effects = {},
): ToolAnnotations {
  return {
    title,
    readOnlyHint: false,
    destructiveHint: destructive,
    idempotentHint: idempotent,
    openWorldHint: open,
  };
}

/** The annotations of a tool that may do anything, such as a shell. */
export function doesAnything(title: string): ToolAnnotations {
  return changes(title, { destructive: true, open: true });
}
