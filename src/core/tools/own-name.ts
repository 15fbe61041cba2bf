import type { Tool } from "../../types/mcp.ts";

/**
 * The harness's own name of a tool that clients see under `shown`; `undefined`: there is none, or no single one. `through` takes
 * tools through the mappers.
 */
export function ownNameOf(
  shown: string,
  inner: readonly Tool[],
  through: (tools: readonly Tool[]) => readonly Tool[],
): string | undefined {
  const isShown = (tools: readonly Tool[]) => through(tools).some(({ name }) => name === shown);
  try {
    if (!isShown(inner)) return undefined;
    const [own, ...more] = inner.filter((tool) => isShown([tool]));
    return more.length === 0 ? own?.name : undefined;
  } catch {
    // A mapper throws, which is told to whoever asks for the list.
    return undefined;
  }
}
