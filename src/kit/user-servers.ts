import { startOf } from "./cut.ts";

/** How a harness's start stands with one MCP server of the user's settings. */
export interface ServerState {
  readonly name: string;
  /** `absent`: it will give no tools, or the user has to do something first. */
  readonly state: "starting" | "ready" | "absent";
  /** Why it is absent, in the harness's words. */
  readonly why?: string | undefined;
}

/**
 * How long a start waits for the MCP servers of the user's settings, in ms. Their tools are listed in the first turn or not at
 * all; and with the rest of a start it has to be less than `timeouts.connect`, which is 30 s.
 */
export const SERVERS_TIME = 12_000;
/** Between two looks, in ms. */
const PAUSE = 50;
/** Most characters of a harness's words that are told. */
const LONGEST = 200;

/**
 * Looks until no MCP server of the user's settings is starting, for at most `ms`. What is to be told of those that are not
 * ready then; `undefined`: all are.
 * @param signal aborted when the harness has exited
 * @throws what `statesOf` throws, and the signal's reason
 */
export async function absentServers(
  statesOf: () => readonly ServerState[] | Promise<readonly ServerState[]>,
  signal: AbortSignal,
  ms = SERVERS_TIME,
): Promise<string | undefined> {
  const end = Date.now() + ms;
  for (;;) {
    signal.throwIfAborted();
    const states = await statesOf();
    const over = Date.now() >= end;
    if (over || states.every(({ state }) => state !== "starting")) return absent(states, ms);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function absent(states: readonly ServerState[], ms: number): string | undefined {
  const late = `had not started after ${ms / 1000} s`;
  const absent = states.flatMap(({ name, state, why = "it is not ready" }) =>
    state === "ready" ? [] : `\`${name}\` (${state === "starting" ? late : startOf(why, LONGEST)})`,
  );
  if (absent.length === 0) return undefined;
  return `the tools of these MCP servers of the user's settings are not listed: ${absent.join(", ")}.`;
}
