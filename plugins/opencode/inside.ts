/** The variable that names the call in the environment of all that a shell call runs. */
export const CALL_MARK = "H2M_CALL";

/** The variable by which the shell shim learns whose shell it is. It takes it away again. */
export const SESSION_MARK = "H2M_SESSION";

/**
 * A plugin that runs inside OpenCode (1.18.33), once for each folder. It marks what a shell call runs, so that one call
 * can be ended, and ends the server when its input does: a server whose h2m was killed would stay for ever.
 */
export const INSIDE_PLUGIN = `const watched = Symbol.for("h2m.watched");

export const h2m = async () => {
  if (!globalThis[watched]) {
    globalThis[watched] = true;
    process.stdin.once("end", () => process.exit(0));
    process.stdin.resume();
  }
  return {
    "shell.env": async ({ sessionID, callID }, { env }) => {
      if (callID) env.${CALL_MARK} = callID;
      if (sessionID) env.${SESSION_MARK} = sessionID;
    },
  };
};
`;
