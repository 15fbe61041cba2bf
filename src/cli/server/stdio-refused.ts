import type { Writable } from "node:stream";
import { version } from "../../../package.json" with { type: "json" };
import { H2mError } from "../../errors.ts";
import { visible } from "../../kit/visible.ts";
import { mcpStdio } from "../../surfaces/mcp-stdio.ts";
import { refusal } from "../../surfaces/refusal.ts";
import { type Lifetime, stopped } from "./lifetime.ts";
import { complain, exitCodeOf, note } from "../output/output.ts";

/** No call runs whose signs of life could be due. */
const HEARTBEAT = 15_000;

/**
 * Serves nothing over stdio, and says why: in `instructions`, and as the error of every list and call. Without the config it would
 * serve more than the user said. No harness starts. Gives the exit code of the error when the client goes.
 */
export async function refuseOverStdio(
  error: unknown,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  complain(error);
  const { code, message, hint } = H2mError.from(error);
  const why = new H2mError(code, `h2m serves nothing here. ${message}`, {
    // A model that can run commands shall not decide it.
    hint: `${hint ?? ""} That is for the user to do, not for a model; then this server must be started anew.`,
  });
  const connection = mcpStdio({
    session: refusal(why),
    version,
    heartbeat: HEARTBEAT,
    stdin: process.stdin,
    stdout,
    onError: (problem) => note(`h2m: ${visible(problem.text)}`),
  });
  await Promise.race([connection.ended, stopped(life)]);
  await connection.close();
  return exitCodeOf(error);
}
