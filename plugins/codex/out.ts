import {
  arrayOf,
  type JsonObject,
  type OutCall,
  stringOf,
  type ToolCall,
} from "../../src/plugin.ts";
import { patchText } from "./patch-text.ts";
import type { Report } from "./telemetry.ts";
import type { Terminal } from "./terminals.ts";

/** A call that is out in an open turn, and what is known of it. */
export interface Out {
  /** As the client made it. */
  readonly call: ToolCall;
  /** Where its result goes. */
  readonly to: OutCall;
  readonly sentAt: number;
  /** The command that a `write_stdin` is about. */
  readonly terminal: Terminal | undefined;
  /** It went to codex as the client meant it: what the telemetry says of it counts. */
  readonly asked: boolean;
  /** What looks after it. */
  readonly timers: Set<NodeJS.Timeout>;
  report?: Report;
  /** Its item of the app-server, which has ended or not. */
  item?: JsonObject;
  ended?: boolean;
  /** One witness has spoken long ago: the other will not. */
  lagged?: boolean;
  /** Only a turn can bring its result. */
  late?: boolean;
  progressing?: boolean;
}

/** The text of a patch that fitted, by its item. */
export function patchedBy({ call, item, ended }: Out): string | undefined {
  const input = stringOf(call.arguments["input"]);
  if (call.name !== "apply_patch" || !ended || item?.["status"] !== "completed") return undefined;
  return input === undefined ? undefined : patchText(input, arrayOf(item["changes"])?.length ?? 0);
}
