type Variables = Readonly<Record<string, string | undefined>>;

/** Read by each program that Bun made, the harnesses among them. */
const OF_BUN = ["BUN_OPTIONS", "BUN_INSPECT", "BUN_INSPECT_NOTIFY", "BUN_INSPECT_CONNECT_TO"];

/**
 * What the user's environment says to programs of Node and Bun, as a harness that is one itself should have it; `undefined` removes.
 * Such options are meant for the user's own programs: `BUN_OPTIONS` makes a harness load files, or end if they are not there, and
 * Claude Code ends without a word where a debugger may come (`--inspect…` in `NODE_OPTIONS`, as VS Code's auto attach sets it).
 * Only variables that are set are named.
 */
export function runtimeVariables(user: Variables): Record<string, string | undefined> {
  const { NODE_OPTIONS: options } = user;
  const inspects = options !== undefined && INSPECT.test(options);
  return {
    ...(inspects ? { NODE_OPTIONS: options.replaceAll(INSPECTS, " ").trim() || undefined } : {}),
    ...Object.fromEntries(
      OF_BUN.filter((name) => user[name] !== undefined).map((name) => [name, undefined]),
    ),
  };
}

const WORD = String.raw`(?:^|\s)--inspect[\w-]*(?:=\S*|\s+\d+)?(?=\s|$)`;
const INSPECT = new RegExp(WORD);
const INSPECTS = new RegExp(WORD, "g");
