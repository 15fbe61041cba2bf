/** Types of `wires.mjs`, which the fake harness runs as it is. They are published by `../wire.ts`. */
import type { ApiName, SseEvent, Wire } from "../wire.ts";

export const WIRES: Record<ApiName, Wire & { path: string }>;
export function sseReader(): (text: string) => SseEvent[];
