import { SESSION_MARK } from "./inside.ts";

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
 * @param seats the folder with what each session's tools have beside that, see {@link exportsOf}
 * @param bash the path of bash, if it is there
 */
export function shellShim(
  { unset, restore }: HiddenVariables,
  seats: string,
  bash: string | undefined,
): string {
  const names = [...unset, ...Object.keys(restore)].join(" ");
  return `#!${interpreter(bash)}
unset ${names}
${exportsOf(restore)}
if [ -f ${quote(seats)}/"$${SESSION_MARK}" ]; then . ${quote(seats)}/"$${SESSION_MARK}"; fi
unset ${SESSION_MARK}
# A shell that a signal ends is told by its exit code; only this script's own words on it ("Killed") are dropped.
exec 3>&2 2>/dev/null
(exec "$(command -v bash || echo /bin/sh)" "$@" 2>&3 3>&-)
exit $?
`;
}

/**
 * Who reads the shim. dash loses exported functions and variables such as `A.B`; bash keeps them, and with -p it neither runs
 * what BASH_ENV names, which the shell below does, nor reads functions.
 */
function interpreter(bash: string | undefined): string {
  // The kernel takes no blanks, and reads 127 bytes at most on older systems.
  return bash !== undefined && /^\/\S{1,100}$/.test(bash) ? `${bash} -p` : "/bin/sh";
}

/** Shell lines that set variables; one whose name no shell takes is left out, as every shell would. */
export function exportsOf(variables: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(variables)
    .flatMap(([name, value]) =>
      value === undefined || !/^[A-Za-z_]\w*$/.test(name)
        ? []
        : [`export ${name}=${quote(value)}\n`],
    )
    .join("");
}

function quote(value: string): string {
  return `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
