import type { Writable } from "node:stream";
import type { Tool } from "../types/mcp.ts";
import type { Flags } from "./invocation.ts";
import type { Lifetime } from "./lifetime.ts";
import { print } from "./output.ts";
import { withSession } from "./one-session.ts";
import type { Settings } from "./settings.ts";
import { withHarness } from "./target.ts";

/** `h2m tools [<harness>]`: prints the tools that a client would see. */
export async function tools(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const config = withHarness(settings.config, words, "tools");
  return withSession({ ...settings, config }, flags, life, async (session) => {
    const found = await session.tools();
    await print(stdout, flags.json ? `${JSON.stringify(found, null, 2)}\n` : table(found));
    return 0;
  });
}

function table(found: readonly Tool[]): string {
  const wide = Math.max(...found.map(({ name }) => name.length));
  return found
    .map(
      ({ name, description }) => `${`${name.padEnd(wide)}  ${firstLine(description)}`.trimEnd()}\n`,
    )
    .join("");
}

function firstLine(text = ""): string {
  const line = text.trim().split("\n")[0] ?? "";
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
