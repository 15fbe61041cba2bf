import type {
  HarnessDriver,
  HarnessLauncher,
  OutCall,
  Outgoing,
  Seat,
} from "../../types/harness.ts";
import type { ToolCall } from "../../types/turn.ts";
import { isThenable } from "../../kit/thenable.ts";
import { errorOf } from "../plugins/owners.ts";
import type { Hooks } from "../plugins/hooks.ts";
import { isolateListeners } from "../plugins/isolated.ts";
import type { Unheard } from "./unheard.ts";

/** A call as it goes out. `early`: its witness will settle it in full, so that the turn may stay open. */
export interface HandedCall {
  readonly call: ToolCall;
  readonly early: boolean;
}

export interface HandOverOptions {
  readonly launcher: HarnessLauncher;
  readonly driver: HarnessDriver;
  readonly unheard: Unheard;
  readonly hooks: Hooks;
  readonly exited: AbortSignal;
}

/**
 * Hands a call to its driver: gives it as it shall go out, and whether its witness will settle it in full.
 * @throws H2mError if the driver does not say how; the call may not go out then
 */
export function handOver(
  { launcher, driver, unheard, hooks, exited }: HandOverOptions,
  seat: Seat,
  call: ToolCall,
  out: OutCall,
): HandedCall {
  if (!driver.send) return { call, early: false };
  const onCouldNotStop = (error: unknown) => {
    // With its process, all that it ran has ended.
    if (exited.aborted) return;
    const { message } = errorOf(launcher, "send", error);
    hooks.emit("warning", { message: `\`${call.name}\` could not be stopped: ${message}` });
  };
  let guarded: AbortSignal | undefined;
  const handed: OutCall = {
    get signal() {
      return (guarded ??= isolateListeners(out.signal, onCouldNotStop));
    },
    settle: (result) => {
      unheard.settled(call.id);
      out.settle(result);
    },
    progress: (text) => out.progress(text),
  };
  const going: Partial<Outgoing> | undefined = driver.send(seat, call, handed);
  if (going?.call) return { call: going.call, early: going.early === true && unheard.trusted };
  // It is told below what is wrong with it; what it rejects with would end our process.
  if (isThenable(going)) going.then(undefined, () => {});
  const wrong = new TypeError(`it gave no call for \`${call.name}\`; it must, and at once`);
  throw errorOf(launcher, "send", wrong);
}
