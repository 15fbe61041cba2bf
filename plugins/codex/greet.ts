import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseTOML, stringifyTOML } from "confbox/toml";
import { type HostIo, objectOf } from "../../src/plugin.ts";
import { CONFIG_FILE, isIsolated, threadOf } from "./launch.ts";
import type { Rpc } from "./rpc.ts";
import { canaryIn, checkCanary } from "./untrusted.ts";

/** What codex need not tell: nothing listens, and the diff of a turn grows with every patch. */
const UNHEARD = [
  "account/rateLimits/updated",
  "item/agentMessage/delta",
  "item/commandExecution/terminalInteraction",
  "rawResponseItem/completed",
  "thread/started",
  "thread/status/changed",
  "thread/tokenUsage/updated",
  "turn/diff/updated",
];

/**
 * The first words with a new codex, before any seat is opened in it.
 * @throws H2mError if it refuses, or would run what the project's own files say
 */
export async function greet(host: HostIo, rpc: Rpc): Promise<void> {
  await rpc.request("initialize", {
    clientInfo: { name: "h2m", title: "h2m", version: "0" },
    capabilities: { experimentalApi: true, optOutNotificationMethods: UNHEARD },
  });
  rpc.notify("initialized");
  await forgetKey(host);
  if (isIsolated(host.context.options)) await tryCanary(host, rpc);
}

/**
 * Takes the key of the telemetry out of the file: codex 0.169 and 0.171 reads it there once, before its first answer, and a
 * command that its tools run could read it too, and tell us results that are none.
 */
async function forgetKey({ plan, context }: HostIo): Promise<void> {
  if (plan.files?.[CONFIG_FILE] === undefined) return;
  const file = join(context.home, CONFIG_FILE);
  const { otel: _, ...rest } = parseTOML<Record<string, unknown>>(await readFile(file, "utf8"));
  await writeFile(`${file}.new`, stringifyTOML(rest), { mode: 0o600, flag: "wx" });
  await rename(`${file}.new`, file);
}

/** Starts a thread, without a turn, in a folder that has settings of its own: those must not hold. */
async function tryCanary({ context }: HostIo, rpc: Rpc): Promise<void> {
  const cwd = canaryIn(context.home);
  const seat = { id: "canary", token: "none", cwd, prompt: context.prompt };
  const answer = await rpc.request("thread/start", { ...threadOf(seat, context), ephemeral: true });
  checkCanary(answer, context.cwd, context.install.version);
  await rpc.request("thread/unsubscribe", { threadId: objectOf(answer["thread"])?.["id"] });
}
