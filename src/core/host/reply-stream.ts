import type { ErrorReply, TextReply, ToolCall } from "../../types/turn.ts";

/** The way back to the harness for one turn. */
export interface ReplyStream {
  calls(calls: readonly ToolCall[]): void;
  end(last?: TextReply | ErrorReply): void;
  /** Called once if the harness hangs up before `end`. */
  onHangUp(listener: () => void): void;
}
