type Variables = Readonly<Record<string, string | undefined>>;

/** What Claude Code 2.1.332 tells its commands beside: a socket on which they could write to it. */
const ITS_OWN = ["CLAUDE_CODE_MESSAGING_SOCKET", "CLAUDE_CODE_MESSAGING_TOKEN"];

/** Variables of the user's that h2m keeps back from a harness, unless the config gives them. */
const KEPT_BACK = /^(ANTHROPIC_|CLAUDE)/;

/**
 * The text of the file in `CLAUDE_ENV_FILE`, which Claude Code reads before each command (2.1.197, 2.1.332): what only it
 * itself needs is gone there, and the user's own values are back. Hooks and MCP servers do not read it.
 * @param names the variables that were set for Claude Code
 */
export function toolEnvironment(
  names: readonly string[],
  { own, wanted = {} }: { readonly own: Variables; readonly wanted?: Variables | undefined },
): string {
  const lines = [...new Set([...names, ...ITS_OWN])].map((name) => {
    const value = Object.hasOwn(wanted, name)
      ? wanted[name]
      : KEPT_BACK.test(name)
        ? undefined
        : own[name];
    return value === undefined ? `unset ${name}` : `export ${name}=${shellWord(value)}`;
  });
  return `${lines.join("\n")}\n`;
}

/** A text as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
