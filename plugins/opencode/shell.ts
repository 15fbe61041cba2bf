/** The environment that a host has of its own, and that its tools must not see. */
export interface HiddenVariables {
  /** Names that the tools do not have. */
  readonly unset: readonly string[];
  /** Names that have the user's own value in the tools; `undefined`: the user has none. */
  readonly restore: Readonly<Record<string, string | undefined>>;
}

/**
 * The script that OpenCode takes for bash. It gives the tools the user's environment, and runs the real shell as a child:
 * a shell that is killed itself would leave its call hanging until the call's own time-out (1.18.33).
 */
export function shellShim({ unset, restore }: HiddenVariables): string {
  const values = Object.entries(restore).flatMap(([name, value]) =>
    value === undefined ? [] : [`export ${name}=${quote(value)}`],
  );
  return `#!/bin/sh
unset ${[...unset, ...Object.keys(restore)].join(" ")}
${values.join("\n")}
# A shell that a signal ends is told by its exit code; only this script's own words on it ("Killed") are dropped.
exec 3>&2 2>/dev/null
(exec "$(command -v bash || echo /bin/sh)" "$@" 2>&3 3>&-)
exit $?
`;
}

function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
