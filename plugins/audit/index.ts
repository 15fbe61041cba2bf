import {
  definePlugin,
  H2mError,
  type HookEvents,
  Recorder,
  type RecorderOptions,
  visibleJson,
} from "../../src/plugin.ts";
import { append } from "./file.ts";

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
      put(recorder.ended(ended));
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
