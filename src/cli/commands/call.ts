import type { Writable } from "node:stream";
import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import { harnessNames } from "../../built-in.ts";
import { keptSecret } from "../../server/secrets.ts";
import type { CallToolResult } from "../../types/mcp.ts";
import { askerFor } from "../output/ask.ts";
import { isArgument, readArguments } from "../input/call-arguments.ts";
import { argumentsElsewhere, argumentsPiped, isInput } from "../input/input.ts";
import type { Flags } from "../input/invocation.ts";
import { noteLeftovers } from "../output/leftover-notes.ts";
import { type Lifetime, stopped } from "../server/lifetime.ts";
import { withSession } from "../server/one-session.ts";
import { printResult, toldAsJson } from "../output/call-result.ts";
import { warn } from "../output/output.ts";
import { folderToKeep } from "../output/private-files.ts";
import { RemoteSession } from "../server/remote-session.ts";
import type { Settings } from "../input/settings.ts";
import { picked } from "../server/target.ts";

/** `h2m call [<harness>] <tool> [json | key=value ... | - | @FILE]`: one call, its result on stdout. */
export async function call(
  settings: Settings,
  words: readonly string[],
  flags: Flags,
  life: Lifetime,
  stdout: Writable,
): Promise<number> {
  const { harness, tool, args } = readWords(words, harnessNames(settings.config.plugins));
  const limit = settings.config.timeouts.call;
  const elsewhere = await Promise.race([argumentsElsewhere(args, limit), stopped(life)]);
  if (life.signal.aborted) return life.code();
  const folder = flags.keep === undefined ? undefined : await folderToKeep(flags.keep);
  const silent = () =>
    warn(settings.config.log.level, [
      "Nothing came on the standard input: the call goes out without arguments. `-` waits for it.",
    ]);
  // While the harness starts.
  const piped = args.length === 0 ? argumentsPiped(limit, silent) : undefined;
  piped?.catch(() => {});
  const given = async (schema: () => Promise<unknown>) =>
    elsewhere ?? (await piped) ?? readArguments(args, await schema());
  const told = async (result: CallToolResult) => {
    await printResult(result, flags, stdout);
    return result.isError ? 1 : 0;
  };
  if (flags.url !== undefined) {
    const remote = await remoteSession(settings, flags.url, harness);
    const calling = given(async () => (await remote.tool(tool))?.inputSchema)
      .then((own) => remote.call(tool, own))
      .then(told);
    // Whoever hangs up cancels the call.
    return toldAsJson(
      Promise.race([calling, stopped(life).then(() => life.code())]),
      flags,
      stdout,
    );
  }
  const named = picked(settings.config, harness === undefined ? [] : [harness], "call");
  // Nobody could read the rest of a result that was cut: the session ends with the command.
  const limits = { ...named.tools.limits, maxResultBytes: undefined };
  const config = { ...named, tools: { ...named.tools, limits } };
  const calling = withSession({ ...settings, config }, flags, life, {}, async (session, signal) => {
    const confirm = askerFor(flags.yes, args.some(isInput));
    // Also without arguments to read: a tool that is not there is told before the input is waited for.
    const inputSchema = (await session.tool(tool))?.inputSchema;
    const own = await given(() => Promise.resolve(inputSchema));
    const result = await session.call(tool, own, { signal, confirm });
    const code = await told(result);
    await noteLeftovers(result, own, folder);
    return code;
  });
  return toldAsJson(calling, flags, stdout);
}

/** A running server, which is told the token once it has shown that it knows it. */
async function remoteSession(
  { config, profile }: Settings,
  url: string,
  harness: string | undefined,
): Promise<RemoteSession> {
  const { server, timeouts } = config;
  const token = server.auth ? (server.token ?? (await keptSecret("token", profile))) : undefined;
  return new RemoteSession({ url, harness, token, patience: timeouts.connect + timeouts.call });
}

/** The first word is a harness if it is known as one and the next is not an argument yet. */
function readWords(
  words: readonly string[],
  known: readonly string[],
): { harness?: string; tool: string; args: readonly string[] } {
  const [first, second, ...rest] = words;
  if (first === undefined) {
    throw new H2mError("bad-usage", "No tool is named.", {
      hint: "Write `h2m call [<harness>] <tool> [json | key=value ... | - | @FILE]`; `h2m tools` lists the tools.",
    });
  }
  if (second === undefined || isArgument(second)) return { tool: first, args: words.slice(1) };
  if (known.includes(first)) return { harness: first, tool: second, args: rest };
  const hint = `If it is a harness: ${didYouMean(first, known)} If it is a tool: \`${second}\` must be key=value, a JSON object, \`-\` or @FILE.`;
  throw new H2mError("unknown-harness", `There is no harness \`${first}\`.`, { hint });
}
