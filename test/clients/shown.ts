import type { CallToolResult } from "../../src/plugin.ts";
import type { Outcome } from "./driver.ts";

/** A result, as far as the cases look at it. */
export function shown({ content, isError }: CallToolResult): Partial<Outcome> {
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    isError: Boolean(isError),
    images: content.flatMap((block) => (block.type === "image" ? [block.data] : [])),
  };
}
