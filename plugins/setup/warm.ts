import { type CommandContext, H2mError } from "../../src/plugin.ts";

/**
 * Asks each harness for its tools once, so that the list is kept: a client that looks right after its start finds it. What is
 * wrong is told, and no more: the entry stands.
 */
export async function warm(context: CommandContext, harnesses: readonly string[]): Promise<void> {
  for (const harness of harnesses) {
    if (context.signal.aborted) return;
    if (context.terminal) context.note(`Asking ${harness} for its tools ...`);
    try {
      const tools = await context.session(harness, (session) => session.tools());
      context.note(`${harness} has ${tools.length} tools; the list is kept.`);
    } catch (error) {
      const { code, text } = H2mError.from(error);
      if (code === "cancelled") throw error;
      context.note(`The entry stands, but ${harness} did not tell its tools: ${text}`);
    }
  }
}
