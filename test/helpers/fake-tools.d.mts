/** Types of `fake-tools.mjs`, which the fake harness runs as it is. */
import type { WireTool } from "./wire.mjs";

export const PIXEL: string;
export const FORGED: string;
export function allTools(extra?: readonly string[]): WireTool[];
