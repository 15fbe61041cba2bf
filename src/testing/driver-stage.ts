import type {
  HarnessDriver,
  HarnessLauncher,
  HostIo,
  LaunchContext,
  OutCall,
  Outgoing,
  Seat,
} from "../types/harness.ts";
import type { CallToolResult } from "../types/mcp.ts";
import type { ToolCall } from "../types/turn.ts";

/** What a scripted program can do to the driver: it stands in the place of the real one. */
export interface DriverStage {
  readonly context: LaunchContext;
  /** By the ids of the seats: which conversation the driver has bound as the root of each. */
  readonly roots: ReadonlyMap<string, string>;
  /** Prints a line on its standard output. */
  say(line: string): void;
  /** Posts to `<origin>/hosts/<path>`. */
  post(path: string, body: unknown): void;
  /** Its process ends. */
  exit(): void;
}

/** How a program answers its driver. */
export interface ScriptedProgram {
  /** Hears each line that the driver writes. */
  hear?(line: string): void;
  /** Ends a call as the real program would. Of a driver that settles no call it does nothing. */
  finish?(call: ToolCall, seat: Seat): unknown;
  /** Runs a call of the driver's own. @default none can be run */
  run?(call: ToolCall): CallToolResult | Promise<CallToolResult>;
  /** Takes down what it needed, such as a server of its own. */
  end?(): unknown;
}

/** As h2m does: what a driver's listener throws, or rejects with, is told in the log and goes no further. */
function isolated(signal: AbortSignal): AbortSignal {
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (
    type: string,
    listener: EventListenerOrEventListenerObject,
    how?: boolean | AddEventListenerOptions,
  ) => {
    const act = async (event: Event) =>
      typeof listener === "function" ? listener(event) : listener.handleEvent(event);
    add(type, (event) => void act(event).catch(() => {}), how);
  };
  return signal;
}

/** What a driver was told to do with one call, and what it made of it. */
export class HandedCall {
  readonly results: CallToolResult[] = [];
  outgoing: Outgoing | undefined;
  readonly #stop = new AbortController();
  readonly out: OutCall = {
    signal: isolated(this.#stop.signal),
    settle: (result) => void this.results.push(result),
    progress: () => {},
  };

  /** Nobody waits for it any more. */
  cancel(): void {
    this.#stop.abort(new Error("cancelled"));
  }
}

/** A driver on a stage: all that it does is seen, and nothing is real. */
export class Staged implements DriverStage {
  readonly context: LaunchContext;
  readonly driver: HarnessDriver;
  readonly roots = new Map<string, string>();
  /** How many lines it has written. */
  written = 0;
  program: ScriptedProgram = {};
  readonly #exit = new AbortController();
  readonly #lines: ((line: string) => void)[] = [];
  readonly #posts = new Map<string, (body: unknown) => void>();
  /** Its process ends when it has written so many lines. */
  endsAfter = Number.POSITIVE_INFINITY;

  constructor(drive: NonNullable<HarnessLauncher["drive"]>, context: LaunchContext) {
    this.context = context;
    const io: HostIo = {
      plan: { command: context.install.command, args: [] },
      context,
      pid: 2 ** 30,
      exited: isolated(this.#exit.signal),
      write: (line) => this.#write(line),
      onLine: (listener) => void this.#lines.push(listener),
      onPost: (path, listener) => void this.#posts.set(path, listener),
      bind: (seatId, conversation) => void this.roots.set(seatId, conversation),
      run: async (_seat, name, args) => {
        if (!this.program.run) throw new Error("This program runs no call of its driver.");
        return this.program.run({ id: "h2m_own", name, arguments: args });
      },
      notice: () => {},
      unknown: () => {},
      warn: () => {},
      kill: () => {},
    };
    this.driver = drive(io);
  }

  get ended(): boolean {
    return this.#exit.signal.aborted;
  }

  say(line: string): void {
    if (!this.ended) for (const listener of this.#lines) listener(line);
  }

  post(path: string, body: unknown): void {
    if (!this.ended) this.#posts.get(path)?.(body);
  }

  exit(): void {
    this.#exit.abort(new Error("the program has ended"));
  }

  /** Hands it a call. */
  send(seat: Seat, call: ToolCall): HandedCall {
    const handed = new HandedCall();
    handed.outgoing = this.driver.send?.(seat, call, handed.out) ?? { call };
    return handed;
  }

  #write(line: string): void {
    if (this.ended) return;
    if (++this.written >= this.endsAfter) return this.exit();
    // Not before `write` has returned: no program answers sooner.
    queueMicrotask(() => this.program.hear?.(line));
  }
}
