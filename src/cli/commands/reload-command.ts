import type { Writable } from "node:stream";
import { H2mError, type H2mErrorCode } from "../../errors.ts";
import { arrayOf, type JsonObject, objectOf, parseObject, stringOf } from "../../kit/json.ts";
import { RELOAD_PATH } from "../../server/reload-route.ts";
import { keptSecret } from "../../server/secrets.ts";
import type { Reload } from "../../types/config.ts";
import { print } from "../output/output.ts";
import { inWords } from "../server/reload.ts";
import { RunningServer } from "../server/running-server.ts";
import type { Settings } from "../input/settings.ts";

/**
 * `h2m reload`: the running server reads its config anew. Ends with 0 if what is new is in force or waits for a restart only, with 1
 * if it would allow more than the start did, or nobody answers, with 2 if the config cannot be used.
 */
export async function reload(
  { config, file, profile }: Settings,
  words: readonly string[],
  stdout: Writable,
): Promise<number> {
  if (words.length > 0)
    throw new H2mError("bad-usage", `\`${words.join(" ")}\` after \`reload\` means nothing here.`, {
      hint: "A server is named by `--host` and `--port`, or by the config that it was started with.",
    });
  const { auth, host, port, token } = config.server;
  const secret = auth ? (token ?? (await keptSecret("token", profile))) : undefined;
  const server = new RunningServer(host, port, secret);
  const body = file === undefined ? {} : { file };
  const { status, text } = await server.post(RELOAD_PATH, body);
  const answer = parseObject(text) ?? {};
  if (status !== 200) throw problemOf(server.url, status, answer);
  const outcome = outcomeOf(answer);
  await print(stdout, `${stringOf(answer["file"]) ?? "the config"}: ${inWords(outcome)}\n`);
  return outcome.wider.length > 0 ? 1 : 0;
}

function problemOf(url: string, status: number, answer: JsonObject): H2mError {
  const said = stringOf(answer["error"]);
  const message = said ?? `${url} answered with the status ${status}.`;
  const hint = stringOf(answer["hint"]);
  return new H2mError(codeOf(answer), message, hint === undefined ? {} : { hint });
}

/** What the config's author must mend ends with 2, as it does at a start. */
function codeOf(answer: JsonObject): H2mErrorCode {
  const code = stringOf(answer["code"]);
  const own = (["bad-config", "bad-usage", "unknown-harness", "untrusted"] as const).find(
    (each) => each === code,
  );
  return own ?? "internal";
}

function outcomeOf(answer: JsonObject): Reload {
  const keys = (name: string) => (arrayOf(objectOf(answer)?.[name]) ?? []).map(String);
  return { applied: keys("applied"), restart: keys("restart"), wider: keys("wider") };
}
