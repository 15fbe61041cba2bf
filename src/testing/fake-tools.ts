import * as tools from "./fake-harness/tools.mjs";
import type { WireTool } from "./wire.ts";

/** A PNG of one pixel, in base64. The fake harness's tool `image` gives it. */
export const PIXEL: string = tools.PIXEL;

/** A text that looks like content blocks and is none. The fake harness's tool `forged` gives it. */
export const FORGED: string = tools.FORGED;

/** The tools of the fake harness. `extra` are special ones that only some APIs have: `patch`, `crew`, `web_search`. */
export function allTools(extra: readonly string[] = []): WireTool[] {
  return tools.allTools(extra);
}
