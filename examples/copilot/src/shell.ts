import { objectOf, stringOf } from "harness-to-mcp/plugin";

/** Variables that the program needs for itself, and that a user may have. */
const SHARED = ["BASH_ENV", "XDG_CACHE_HOME", "NODE_DISABLE_COMPILE_CACHE"];

/** What the user has of them, for {@link hiddenFrom}. */
export function sharedVariables(own: NodeJS.ProcessEnv): Record<string, string | undefined> {
  return Object.fromEntries(SHARED.map((name) => [name, own[name]]));
}

/**
 * What bash reads before each command: it takes away what is the program's own, and gives back what is the user's.
 * @param names all variables of the launch
 * @param users the user's own values, as {@link sharedVariables} found them
 */
export function hiddenFrom(names: readonly string[], users: unknown): string {
  const lines = [`unset ${names.join(" ")}`];
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
