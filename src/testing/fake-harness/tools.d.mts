/** Types of `tools.mjs`, which the fake harness runs as it is. They are published by `../fake-tools.ts`. */
import type { WireTool } from "../wire.ts";

export const PIXEL: string;
export const FORGED: string;
export function allTools(extra?: readonly string[]): WireTool[];
