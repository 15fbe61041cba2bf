import { join } from "node:path";
import { CLOSED_FILES } from "./inside-closed.ts";
import { SEALED } from "./inside-sealed.ts";
import { HELD_SERVERS } from "./inside-servers.ts";

/** The variable that names the call in the environment of all that a shell call runs. */
export const CALL_MARK = "H2M_CALL";

/** The variable by which the shell shim learns whose shell it is. It takes it away again. */
export const SESSION_MARK = "H2M_SESSION";

/** The variable with the server's password (1.18.33 takes it from nowhere else). */
export const PASSWORD = "OPENCODE_SERVER_PASSWORD";

/** Below `home`: a file that is there once {@link SEALED} is in force. */
export const SEAL = "sealed";

export interface InsideOptions {
  /** The private folder of the host. */
  readonly home: string;
  /** Where private folders of other harnesses are, which no tool for files reads or writes either. */
  readonly temporary: readonly string[];
  /** Folders that no tool for files reads or writes, beside `home` and `/proc`. */
  readonly closed: readonly string[];
  /** No code is loaded but OpenCode's own and this plugin. */
  readonly sealed: boolean;
}

/**
 * A plugin that runs inside OpenCode (1.18.33), once for each folder. It marks what a shell call runs, so that one call
 * can be ended; ends the server when its input does, since a server whose h2m was killed would stay for ever; takes the
 * password out of the environment; and keeps tools for files away from what is h2m's.
 */
export function insidePlugin({ home, temporary, closed, sealed }: InsideOptions): string {
  // Large output is kept here, and its result tells to read it.
  const open = join(home, "data/opencode/tool-output");
  const facts = { home, temporary, closed, open, seal: join(home, SEAL), password: PASSWORD };
  return `const FACTS = ${JSON.stringify(facts)};
${WIPE}${sealed ? SEALED : HELD_SERVERS}${CLOSED_FILES}
const watched = Symbol.for("h2m.watched");

export const h2m = async ({ directory }) => {
  if (!globalThis[watched]) {
    globalThis[watched] = true;
    process.stdin.once("end", () => process.exit(0));
    process.stdin.resume();
  }
  return {
    ...closedFiles(directory),
    ${sealed ? "" : "config: heldServers,"}
    "shell.env": async ({ sessionID, callID }, { env }) => {
      // What the shell is started with stays to be read in /proc, whatever it unsets.
      env[FACTS.password] = "";
      if (callID) env.${CALL_MARK} = callID;
      if (sessionID) env.${SESSION_MARK} = sessionID;
    },
  };
};
`;
}

/**
 * The server has read its password. The first environment of a process can be read in /proc/PID/environ for as long as it
 * lives, by its own tools too: the value is overwritten there. Where that cannot be done (another C library, another
 * system), the tools for files still do not read /proc.
 */
const WIPE = `import { createRequire } from "node:module";

function wipe(name) {
  const length = process.env[name]?.length ?? 0;
  if (length === 0 || process.platform !== "linux" || !process.versions.bun) return;
  const { dlopen, toArrayBuffer } = createRequire(import.meta.url)("bun:ffi");
  const libraries = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];
  for (const library of libraries) {
    try {
      const { symbols } = dlopen(library, { getenv: { args: ["ptr"], returns: "ptr" } });
      const at = symbols.getenv(Buffer.from(name + "\\0"));
      if (at) new Uint8Array(toArrayBuffer(at, 0, length)).fill(0x2a);
      return;
    } catch {
      // There is no such library here.
    }
  }
}
wipe(FACTS.password);
`;
