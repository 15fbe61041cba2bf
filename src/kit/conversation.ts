import { createHash, randomUUID } from "node:crypto";

/**
 * The key of a history: equal for two requests that begin with the same texts.
 * Give it what stays the same while a conversation grows: the system prompt and the first user message.
 */
export function conversationKey(...beginning: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(beginning)).digest("base64url").slice(0, 22);
}

/** A fresh id for a turn. */
export function turnId(): string {
  return `turn_${randomUUID()}`;
}
