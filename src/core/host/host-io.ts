import { H2mError } from "../../errors.ts";
import type { HostIo, LaunchContext, LaunchPlan } from "../../types/harness.ts";
import type { HostProcess } from "./host-process.ts";
import type { Seats } from "./seats.ts";
import type { Unheard } from "./unheard.ts";

export interface HostIoOptions {
  readonly plan: LaunchPlan;
  readonly context: LaunchContext;
  readonly process: HostProcess;
  readonly exited: AbortSignal;
  /** Its sessions may have another host by now. */
  closing(): boolean;
  readonly seats: Seats;
  /** Filled with what the driver listens to. */
  readonly posts: Map<string, (body: unknown) => void>;
  /** Runs what the driver left with us, and by which member; its fault is reported and goes no further. */
  guarded(member: string, act: () => unknown): void;
  readonly unheard: Unheard;
  warn(message: string): void;
}

/** What a driver may do with its running host. */
export function hostIo(options: HostIoOptions): HostIo {
  const { plan, context, process, exited, closing, seats, posts, guarded, unheard, warn } = options;
  return {
    plan,
    context,
    pid: process.pid,
    exited,
    write: (line) => process.write(`${line}\n`),
    onLine: (listener) => process.onLine((line) => guarded("onLine", () => listener(line))),
    onPost: (path, listener) => void posts.set(path, listener),
    bind: (seatId, conversation) => {
      if (!closing()) seats.bind(seatId, conversation);
    },
    run: async (seatId, name, args, signal) => {
      const occupied = seats.get(seatId);
      if (!occupied || closing()) throw new H2mError("closed", "The seat is closed.");
      return occupied.occupant.run(name, args, signal);
    },
    notice: (seatId, message) => seats.get(seatId)?.occupant.notice(message),
    unknown: (kind, said) => unheard.unknown(kind, said),
    warn,
    kill: (signal) => process.kill(signal),
  };
}
