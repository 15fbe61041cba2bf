import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { CallToolResult } from "../../src/plugin.ts";

/** Larger files are left to the next turn, in bytes. */
const MAX = 20 * 1024 * 1024;

/** How the kinds that codex 0.169 shows to a model begin, in latin1. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^\x89PNG\r\n/, "image/png"],
  [/^\xFF\xD8\xFF/, "image/jpeg"],
  [/^GIF8[79]a/, "image/gif"],
  [/^RIFF[\s\S]{4}WEBP/, "image/webp"],
];

/** An image file as a result, or `undefined` if it cannot be read or is of no known kind. */
export async function imageResult(path: string): Promise<CallToolResult | undefined> {
  try {
    const bytes = await bytesOf(path);
    if (!bytes) return undefined;
    const start = bytes.subarray(0, 16).toString("latin1");
    const mimeType = KINDS.find(([magic]) => magic.test(start))?.[1];
    if (mimeType === undefined) return undefined;
    return { content: [{ type: "image", mimeType, data: bytes.toString("base64") }] };
  } catch {
    // Gone since codex has read it: the next turn has its copy.
    return undefined;
  }
}

/** A pipe or a device may stand there since codex has read the file: those have no end, or nobody who writes. */
async function bytesOf(path: string): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    return stats.isFile() && stats.size <= MAX ? await file.readFile() : undefined;
  } finally {
    await file.close();
  }
}
