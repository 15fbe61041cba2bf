import {
  bytesOf,
  definePlugin,
  H2mError,
  type HookEvents,
  textOf,
  visibleJson,
} from "../../src/plugin.ts";
import { append } from "./file.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";

export interface AuditPluginOptions {
  /** An absolute path. */
  readonly file: string;
  /** Globs of the keys whose values are not written, at any depth, in any case. */
  readonly redact: readonly string[];
  /** Never to be written. */
  readonly secrets: RecorderOptions["secrets"];
  /** Hears that a line could not be written. */
  warn(message: string): void;
}

type Ended = Parameters<HookEvents["call:end"]>[0];

/** Most characters of a reason. */
const LONGEST_REASON = 500;

/** Writes one line of JSON for each call that has ended, also of one that never reached the harness. */
export default definePlugin((options: AuditPluginOptions) => {
  const { file, warn } = options;
  const recorder = new Recorder(options);
  let lost = 0;
  // At once, and before the client hears of the call: what it knows of stands in the file, in its order.
  // Some readers of lines also end one at U+2028 or NEL: nothing of the kind stands in it.
  const put = (line: object) => append(file, `${visibleJson(line)}\n`);
  const write = (ended: Ended) => {
    try {
      if (lost > 0) put({ time: new Date().toISOString(), lost });
      lost = 0;
      put(lineOf(ended, recorder));
    } catch (error) {
      if (lost++ > 0) return;
      const why = H2mError.from(error).text;
      warn(`The audit cannot be written, and calls go on without it: ${why}`);
    }
  };
  return {
    name: "audit",
    setup: (h2m) => {
      // Whoever wants an audit hears at the start that there can be none. The empty line of nothing makes the file.
      append(file, "");
      return h2m.on("call:end", write);
    },
  };
});

function lineOf(ended: Ended, recorder: Recorder): object {
  const { session, id, name, own, sent, ms, result, error } = ended;
  const [first, ...more] = sent;
  const outcome = outcomeOf(ended);
  const refusal = outcome === "refused" && result ? textOf(result) : undefined;
  const reason = error?.message ?? refusal;
  return {
    time: new Date(Date.now() - ms).toISOString(),
    call: id,
    session: session.id,
    ...(session.name === undefined ? {} : { name: session.name }),
    harness: session.harness,
    tool: recorder.text(name),
    ...(own !== undefined && own !== name ? { own: recorder.text(own) } : {}),
    // What ran, where something did.
    arguments: recorder.value(first?.arguments ?? ended.arguments),
    ...(more.length > 0
      ? {
          more: more.map((call) => ({
            own: recorder.text(call.name),
            arguments: recorder.value(call.arguments),
          })),
        }
      : {}),
    outcome,
    ...(error ? { code: error.code } : {}),
    ...(reason === undefined ? {} : { reason: recorder.text(reason, LONGEST_REASON) }),
    ms: Math.round(ms),
    bytes: (result?.content ?? []).reduce((all, block) => all + bytesOf(block), 0),
  };
}

function outcomeOf({ sent, result, error }: Ended): string {
  if (result) return !result.isError ? "ok" : sent.length > 0 ? "error" : "refused";
  switch (error?.code) {
    case "cancelled":
    case "timeout":
      return error.code;
    case "outcome-unknown":
      return "unknown";
    case "unknown-tool":
    case "bad-request":
      return "refused";
    default:
      return "failed";
  }
}
