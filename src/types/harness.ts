import type { MapperCall } from "./mapper.ts";
import type { CallToolResult, ToolAnnotations } from "./mcp.ts";
import type { ToolCall, Turn } from "./turn.ts";

export type Awaitable<T> = T | Promise<T>;

/** What the config says of one harness. */
export interface HarnessOptions {
  /** The program, a name or a path. @default the harness's own name, looked for on PATH, and beside h2m itself */
  readonly command?: string | undefined;
  /** More arguments, after the launcher's own. */
  readonly args?: readonly string[] | undefined;
  /** More environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The model name that the harness is told. @default the launcher's choice */
  readonly model?: string | undefined;
  /** The harness's working folder. @default the config's `cwd` */
  readonly cwd?: string | undefined;
  /** `own`: a process for each session, also where one process can hold many. @default "shared" */
  readonly host?: "shared" | "own" | undefined;
  /** How many sessions are kept ready for clients to come, beyond `sessions.max`; only while MCP is served over HTTP. @default 0 */
  readonly warm?: number | undefined;
  /** `user`: with the user's own configuration of the harness (MCP servers, hooks, rules), ours on top. @default "isolated" */
  readonly settings?: "isolated" | "user" | undefined;
  /**
   * `harness`: the harness's own permission rules hold; what they would ask a person is refused, since nobody is there.
   * @default "bypass"
   */
  readonly permissions?: "bypass" | "harness" | undefined;
}

/** A program that was found. `Facts` is what its launcher learned; {@link defineHarness} infers it from `detect`. */
export interface HarnessInstall<Facts = unknown> {
  /** What to start: an absolute path. */
  readonly command: string;
  readonly version?: string | undefined;
  /** What the launcher learned by running the program, for its own `prepare` and `drive`. */
  readonly facts?: Facts | undefined;
}

/** All that a launch depends on. */
export interface LaunchContext<Facts = unknown> {
  readonly install: HarnessInstall<Facts>;
  readonly options: HarnessOptions;
  /** The text that makes the harness send its first turn. It has no meaning. */
  readonly prompt: string;
  readonly cwd: string;
  /** A private folder (0700) of this host, for the harness's config and state. Gone when the host is. */
  readonly home: string;
  /** Root of the hijack API, such as `http://127.0.0.1:9330/harness_to_mcp`: `/v1/…` is below it. */
  readonly origin: string;
  /** API key that opens the hijack API for this host, and nothing else. */
  readonly token: string;
  /**
   * A random word, for hosts that are servers: their password. The port is the program's choice, and the driver learns it from
   * the program's own output: no secret goes to a port that was not seen to be opened by our own child.
   */
  readonly secret: string;
}

/** A launch as data: the core alone writes the files and starts the process. */
export interface LaunchPlan {
  readonly command: string;
  readonly args: readonly string[];
  /** Laid over h2m's own environment, and under what the config's `env` says; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The same, laid over all: what the config's `env` says of these is meant for the tools alone. */
  readonly fixedEnv?: Readonly<Record<string, string | undefined>> | undefined;
  /** Path below `home` → text. Written with mode 0600, or 0700 if the text starts with `#!`. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Path below `home` → what it is a symbolic link to. */
  readonly links?: Readonly<Record<string, string>> | undefined;
  /**
   * The folder that the process starts in, such as one below `home`, where a program takes code or settings from wherever it is
   * started. @default `LaunchContext.cwd`
   */
  readonly cwd?: string | undefined;
  /** Text for the standard input, which is then closed. Without it and without a driver, the input is empty. */
  readonly stdin?: string | undefined;
}

/** One session's place in a host. */
export interface Seat {
  readonly id: string;
  /** API key of this seat. A launcher that cannot give each seat its own uses `LaunchContext.token`. */
  readonly token: string;
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly prompt: string;
}

/** What a driver may do with its running host. */
export interface HostIo<Facts = unknown> {
  readonly plan: LaunchPlan;
  readonly context: LaunchContext<Facts>;
  readonly pid: number;
  /** Aborted when the process has ended. */
  readonly exited: AbortSignal;
  /** Writes one line to the standard input. */
  write(line: string): void;
  /** Hears every line of the standard output. */
  onLine(listener: (line: string) => void): void;
  /** Hears what the host posts, under its token, to `<origin>/hosts/<path>` (telemetry). Answers 200 with `{}`. */
  onPost(path: string, listener: (body: unknown) => void): void;
  /**
   * From now on this conversation is the root of the seat. In a `reset`: what comes from now on is the new history, also if the
   * harness calls it by the same name.
   */
  bind(seatId: string, conversation: string): void;
  /**
   * Runs a tool for the driver's own needs, in the seat's held turn or in its next one.
   * Rejects with the signal's reason when that aborts: a call that still waits then never goes out.
   */
  run(
    seatId: string,
    name: string,
    args: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<CallToolResult>;
  /**
   * Tells the clients of a seat what no result of a call will say, such as that a command in the background has ended. It is
   * news to them (MCP's level `notice`); what is wrong goes to `warn`.
   */
  notice(seatId: string, message: string): void;
  /**
   * Passes on what the harness said in a way that the driver does not know, such as an event of a kind that is new. Where it
   * names a call that is out, has something like a result, and no result is settled soon, the log and the clients are told
   * once, and turns are closed behind their calls until the driver settles one again.
   */
  unknown(kind: string, said: Readonly<Record<string, unknown>>): void;
  /** Reports a trouble that no call can tell of; it goes to the log. */
  warn(message: string): void;
  kill(signal: NodeJS.Signals): void;
}

/** A call that goes out, in its driver's hands until it has a result. */
export interface OutCall {
  /**
   * Gives it its result, before the next turn brings it; of one that was given up it says that it has ended. Not before
   * `send` has returned. Ignored if the call has a result already.
   */
  settle(result: CallToolResult): void;
  /** Output so far. */
  progress(text: string): void;
  /**
   * Aborted when nobody waits for the call any more (it was cancelled, or its time is over): the driver then stops what it
   * runs, and nothing else. Never aborted once it has a result. What a listener throws or rejects with is told as a warning.
   */
  readonly signal: AbortSignal;
}

/** How a call goes out. */
export interface Outgoing {
  /** Such as with a shorter wait. Its id and name stay. */
  readonly call: ToolCall;
  /** `OutCall.settle` will be used for it in full, so that the turn may stay open. @default false */
  readonly early?: boolean | undefined;
}

/** The part of a launcher that talks to a running host. */
export interface HarnessDriver {
  /** How many sessions one process can hold. Read for each new one; 0: it takes no more. */
  readonly seats: number;
  /** Binds the conversation, then makes the harness send its first turn. Rejects if the host refuses. */
  open(seat: Seat): Promise<void>;
  /**
   * Takes a call right before it goes out, also one of `HostIo.run`; says how it does, at once.
   * @default calls go out as they are, and their results come with the next turn
   */
  send?(seat: Seat, call: ToolCall, out: OutCall): Outgoing;
  /** How grown the seat is by the driver's own measure: from 1 on, a reset is due. Asked often. @default 0 */
  growth?(seat: Seat): number;
  /**
   * Starts the history anew, while no call is out, and makes the harness send its next first turn.
   * Returns what is lost by it, in words for the client.
   */
  reset?(seat: Seat): Promise<string[]>;
  /** Ends the seat and what its tools left running. The core kills the process of a host without seats. */
  close?(seat: Seat): Promise<void>;
}

/** What a harness's own request headers say of a turn. */
export interface Recognized {
  /** The seat, where a header names it. */
  readonly seat?: string | undefined;
  /** The harness's own id of the conversation. */
  readonly conversation?: string | undefined;
  /** The turn is one of a subagent: it never becomes the root. */
  readonly subagent?: boolean | undefined;
  /** The conversation that started a subagent. */
  readonly parent?: string | undefined;
}

/** How one coding-agent harness is found, started and understood. */
export interface HarnessLauncher<Facts = unknown> {
  readonly name: string;
  /** The {@link ApiAdapter.name} that this harness is started against. */
  readonly api: string;
  /** The exact command that installs the harness, for error messages. */
  readonly installCommand?: string | undefined;
  /**
   * The versions that it was tested with, from the oldest to the newest. Another one is served as it is, and its user is told once.
   * @default nothing is said of any version
   */
  readonly tested?: { readonly oldest: string; readonly newest: string } | undefined;
  /** Finds the program, and may run it to learn facts. `undefined`: it is not installed. */
  detect(options: HarnessOptions): Awaitable<HarnessInstall<Facts> | undefined>;
  /**
   * Under `settings: "user"`: what of the user's settings decides the list of tools, as JSON. A kept list is used only while it
   * is the same. Without it no list is kept under the user's settings.
   */
  listSettings?(options: HarnessOptions, cwd: string): Awaitable<unknown>;
  /** Describes the host process; touches nothing. */
  prepare(context: LaunchContext<Facts>): LaunchPlan;
  /** Without a driver the prompt stands in the plan, and results come with the next turn. */
  drive?(host: HostIo<Facts>): HarnessDriver;
  /** `undefined`: the request is not of this harness. */
  recognize?(headers: Headers): Recognized | undefined;
  /** Corrects a turn of this harness: takes off what it adds to results, sets `immediate` for side turns. */
  refine?(turn: Turn): Turn;
  /**
   * The files that a call would write, move or remove, as it names them: absolute, or relative to the session's folder. A call
   * that names one that steers h2m itself is refused. Pure; a shell's command is not to be read. @default none
   */
  writes?(call: MapperCall): readonly string[];
  /** By the harness's own tool names. */
  readonly annotations?: Readonly<Record<string, ToolAnnotations>> | undefined;
  /** A shell line by which a user starts this harness against h2m. `key` is a shell word that gives the key. */
  attach?(target: { origin: string; key: string }): string;
}
