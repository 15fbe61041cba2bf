/** The variable that names the call in the environment of all that a shell call runs. */
export const CALL_MARK = "H2M_CALL";

/**
 * A plugin that runs inside OpenCode (1.18.33). It marks what a shell call runs, so that one call can be ended,
 * and ends the server when its input does: a server whose h2m was killed would stay for ever.
 */
export const INSIDE_PLUGIN = `export const h2m = async () => {
  process.stdin.once("end", () => process.exit(0));
  process.stdin.resume();
  return {
    "shell.env": async ({ callID }, { env }) => {
      if (callID) env.${CALL_MARK} = callID;
    },
  };
};
`;
