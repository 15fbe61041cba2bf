import type { ResolvedConfig } from "./config.ts";
import type { Awaitable, HarnessLauncher } from "./harness.ts";
import type { Session } from "./session.ts";

/** A flag of a command. */
export interface CommandFlag {
  /** For `h2m help`: what it does, in one line. */
  readonly summary: string;
  /** What stands for its value there, such as `FILE`. @default it takes none */
  readonly value?: string | undefined;
}

/** A command of the command line: `h2m <name> ...`. */
export interface Command {
  /** Small letters, digits and hyphens. A command of h2m's, or a harness, cannot have the same name. */
  readonly name: string;
  /** For `h2m help`: what it does, in one line. */
  readonly summary: string;
  /** The words after the name, as help shows them, such as `<client>`. @default none */
  readonly usage?: string | undefined;
  /** Its own flags by name, without the hyphens; those that every command has are there already. */
  readonly flags?: Readonly<Record<string, CommandFlag>> | undefined;
  /** More lines for `h2m help <name>`. */
  readonly details?: string | undefined;
  /** `"named"`: only a config that `--config` names counts, not that of the folder. @default as for every command */
  readonly config?: "named" | undefined;
  /**
   * Does it. What it returns is the exit code: 0 to 255. What it throws is told as one message, and the code is 1, or 2 for an
   * H2mError of wrong usage or config. @default 0
   */
  run(context: CommandContext): Awaitable<number | void>;
}

/** What the config says, with environment and flags laid over it. */
export interface CommandSettings {
  readonly config: ResolvedConfig;
  /** The config file that was loaded. */
  readonly file: string | undefined;
  /** The profile that was chosen. */
  readonly profile: string | undefined;
}

/** How a program is started. */
export interface StartLine {
  /** An absolute path, or a name that PATH has for every client. */
  readonly command: string;
  readonly args: readonly string[];
}

/** The secret that opens MCP, as it is kept for the chosen profile. */
export interface KeptToken {
  /** Where it stands: mode 0600, in a folder of mode 0700. */
  readonly file: string;
  /** Makes it if there is none. @throws H2mError `internal` if it cannot be kept, or is not the user's alone */
  read(): Promise<string>;
  /** Puts a new one in its place. A server that runs keeps the old one until its next start. */
  renew(): Promise<string>;
}

export interface AskOptions {
  /** Sent as JSON. */
  readonly body?: object | undefined;
  /** Hears the answer as it comes, such as a stream of events. @default it is in the reply, of at most 1 MB */
  readonly onText?: ((text: string) => void) | undefined;
  /** Most milliseconds without a word. @default 60_000 */
  readonly patience?: number | undefined;
  /** Abort it to hang up. */
  readonly signal?: AbortSignal | undefined;
}

/** An h2m that is running. It is told the token once it has shown that it knows it. */
export interface RunningH2m {
  /** Such as `http://127.0.0.1:9330`. */
  readonly url: string;
  /**
   * @param path such as `/sessions`
   * @throws H2mError `internal` if nobody answers, `unauthorized` if what answers does not know the token
   */
  ask(
    method: string,
    path: string,
    options?: AskOptions,
  ): Promise<{ readonly status: number; readonly text: string }>;
}

export interface CommandSessionOptions {
  /** The list of tools comes from the harness itself, never from an earlier start. @default false */
  readonly fresh?: boolean | undefined;
}

/** All that a command has to work with. Nothing of it is loaded or read before it is asked for. */
export interface CommandContext {
  readonly words: readonly string[];
  /** As they were written: a text, or true. Also those that every command has, such as `config` and `port`. */
  readonly flags: Readonly<Record<string, string | true | undefined>>;
  /** h2m's own. */
  readonly version: string;
  /** Aborted when the user interrupts, or nobody reads the standard output any more. The command then has a second to end. */
  readonly signal: AbortSignal;
  /** Whether a person is at the standard error, and may be shown what is only for people. */
  readonly terminal: boolean;
  readonly token: KeptToken;
  /** Writes to the standard output, as it is. */
  print(text: string): Promise<void>;
  /** Writes a line to the standard error; what would steer a terminal is spelled. */
  note(text: string): void;
  /** Asks the person at the terminal. Without one the answer is no. */
  ask(question: string): Promise<boolean>;
  /** @throws H2mError `bad-config`, `bad-usage`, `untrusted` */
  settings(): Promise<CommandSettings>;
  /** The launchers that there are, also those of the config's plugins where it was read before. */
  launchers(): readonly HarnessLauncher[];
  /** Does something with a session of a harness of its own, which ends with it. @throws H2mError as sessions do */
  session<T>(
    harness: string,
    use: (session: Session, signal: AbortSignal) => Promise<T>,
    options?: CommandSessionOptions,
  ): Promise<T>;
  /** The server that the settings, or `--host` and `--port`, lead to. */
  server(): Promise<RunningH2m>;
  /**
   * How a client starts this very program, wherever it is started from: Node and the script by absolute paths; run from the
   * cache of npx, `npx -y harness-to-mcp@<version>`.
   */
  self(): StartLine;
}
