import { objectOf, stringOf } from "harness-to-mcp/plugin";

/** Variables of the launch that a user may have too. */
const SHARED = ["BASH_ENV", "E2E_TEST"];

/** What the user has of them, for {@link environmentOf}. */
export function sharedVariables(own: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(SHARED.map((name) => [name, own[name]]));
}

/**
 * What bash reads before each command: it takes away what is the program's own, and gives back what is the user's.
 * @param users the user's own values, as {@link sharedVariables} found them
 */
export function environmentOf(users: unknown): string {
  const lines = ["unset ${!CLINE_@}", `unset ${SHARED.join(" ")}`];
  for (const name of SHARED) {
    const value = stringOf(objectOf(users)?.[name]);
    if (value !== undefined) lines.push(`export ${name}=${quote(value)}`);
  }
  // The user's own file, which bash would have read.
  lines.push(`if [ -n "\${BASH_ENV-}" ] && [ -r "$BASH_ENV" ]; then . "$BASH_ENV"; fi`, "");
  return lines.join("\n");
}

function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
