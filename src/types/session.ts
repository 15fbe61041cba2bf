import type {
  BlobResourceContents,
  CallToolResult,
  GetPromptResult,
  McpPrompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  TextResourceContents,
  Tool,
} from "./mcp.ts";
import type { Elicit } from "./provider.ts";

/** Takes back what started it. */
export type Teardown = () => void;

/** A client, as it calls itself. */
export interface ClientInfo {
  readonly name: string;
  readonly version?: string | undefined;
}

/** What is known of a session without waiting for its harness. */
export interface SessionInfo {
  readonly id: string;
  /** The name in its URL; `undefined` for a session that one client owns. */
  readonly name?: string | undefined;
  /** The harness's name; of an attached one as far as its headers tell it; of several with commas between. */
  readonly harness: string;
  readonly version?: string | undefined;
  /** The harness's working folder; `undefined` for an attached one, and for several. */
  readonly cwd?: string | undefined;
  readonly attached: boolean;
  /** The first client that came and said who it is. */
  readonly client?: ClientInfo | undefined;
}

/** How a session is used. */
export interface SessionUsage {
  /** Milliseconds since 1970: when clients could first know it. */
  readonly opened: number;
  /** The same: when anybody last used it. */
  readonly lastUsed: number;
  /** How many calls came, also those that were refused. */
  readonly calls: number;
  /** How many of them run. */
  readonly running: number;
  /** The process of its harness, which other sessions may share. `undefined`: none runs, or its user started it. */
  readonly pid?: number | undefined;
}

/** What a person is asked before a call goes out. */
export interface Question {
  /** The tool, as the client knows it. */
  readonly tool: string;
  /** The whole question: the tool, the folder, the arguments that it will get. Bounded. */
  readonly text: string;
}

export interface Answer {
  /** `unsupported`: nobody can be asked. */
  readonly answer: "accept" | "decline" | "unsupported";
  /** Why it is not accepted, and what to do about it: a sentence for the error. */
  readonly reason?: string | undefined;
}

/** Why h2m itself did not let a call out. */
export type Refusal =
  /** They do not fit the tool's schema. `path`: a JSON pointer, such as `/size`. */
  | {
      readonly kind: "arguments";
      readonly issues: readonly { readonly path: string; readonly message: string }[];
    }
  /** `tools.limits.perMinute`. `retryAfter`: seconds. */
  | { readonly kind: "limit"; readonly retryAfter: number }
  /** A person was asked and did not accept, or could not be asked. */
  | { readonly kind: "confirm"; readonly answer: Answer["answer"] }
  /** It would write what steers h2m. */
  | { readonly kind: "forbidden" };

export interface CallOptions {
  /** Abort it to give the call up. */
  readonly signal?: AbortSignal | undefined;
  /** Hears output of the running tool, where the harness gives it early. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Hears why h2m itself refused the call, before the result that says so in words. */
  readonly onRefused?: ((refusal: Refusal) => void) | undefined;
  /** Asks the client's person. The signal: nobody waits for the answer any more. @default nobody can be asked */
  readonly confirm?: ((question: Question, signal: AbortSignal) => Promise<Answer>) | undefined;
  /** Asks the client's person what a tool wants to know that no harness brings. @default nobody can be asked */
  readonly elicit?: Elicit | undefined;
}

export interface SessionEvents {
  /** The tool list has changed. */
  tools: () => void;
  /** The list of prompts, or that of resources, has changed. */
  prompts: () => void;
  resources: () => void;
  close: (reason: string) => void;
  /** Something that the client's person should know. */
  notice: (message: string, level: NoticeLevel) => void;
}

/** As MCP's log messages have it: `notice` is news, `warning` is trouble. */
export type NoticeLevel = "notice" | "warning";

/** Results that were too large for an answer, whole. */
export interface Results {
  /** Those that are kept now, the oldest first. */
  list(): readonly Resource[];
  /** @throws H2mError `unknown-resource` if it is not kept, or not any more. */
  read(uri: string): TextResourceContents | BlobResourceContents;
}

/** Prompts that a client's person can choose from. */
export interface Prompts {
  /** Waits for providers whose list is not known yet, at most `timeouts.connect`. */
  list(): Promise<readonly McpPrompt[]>;
  /** @throws H2mError `unknown-prompt`, `bad-request` for an argument that is missing */
  get(
    name: string,
    args: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<GetPromptResult>;
}

/** Resources that are there without any call. */
export interface Resources {
  /** Waits as `Prompts.list` does. */
  list(): Promise<readonly Resource[]>;
  templates(): Promise<readonly ResourceTemplate[]>;
  /** @throws H2mError `unknown-resource` */
  read(uri: string, signal: AbortSignal): Promise<ReadResourceResult>;
}

/** One client's view of one harness, or of several as one: all that a surface needs. */
export interface Session {
  readonly id: string;
  /** Without it none are kept: every result is given whole. */
  readonly results?: Results | undefined;
  /** Without it there are none, and none will come. */
  readonly prompts?: Prompts | undefined;
  readonly resources?: Resources | undefined;
  info(): SessionInfo;
  usage(): SessionUsage;
  /** How to use the tools, for the client's model. @throws H2mError if `instructions` is `full` and no harness comes. */
  instructions(): Promise<string | undefined>;
  /** Waits for the harness; of several, for each whose list is not known. @throws H2mError if none comes. */
  tools(): Promise<readonly Tool[]>;
  /** One of the tools, if there is one of this name. Of several harnesses, only its own is waited for. */
  tool(name: string): Promise<Tool | undefined>;
  /**
   * Runs one tool. A tool's failure is a result with `isError`, and so is a refusal. A result that is too large has links
   * to `results` in it.
   * @throws H2mError `unknown-tool`, or why the call could not run or its outcome is unknown.
   */
  call(name: string, args: Record<string, unknown>, options?: CallOptions): Promise<CallToolResult>;
  on<E extends keyof SessionEvents>(event: E, listener: SessionEvents[E]): Teardown;
  /** A client came; call the teardown when it goes. */
  join(client?: ClientInfo): Teardown;
  /**
   * Nobody knows whether its client is still there; the teardown: it is. A session that one client owns ends after
   * `timeouts.gone` of this, and gives way before others.
   */
  away(): Teardown;
  /** Ends the session, its seat, and what its tools left running. */
  close(reason?: string): Promise<void>;
}

/** Where a client wants to go. */
export interface SessionTarget {
  /** A configured harness, or `undefined` for the only one, or all of several (without any: the attached one). */
  readonly harness?: string | undefined;
  /** A session that all who name it share; `undefined`: the client's own. */
  readonly name?: string | undefined;
  /** Reach a harness that the user attached under this name. */
  readonly attached?: string | undefined;
  /** Who comes. */
  readonly client?: ClientInfo | undefined;
}

/** All sessions of one h2m. */
export interface Sessions {
  /** The names of the configured harnesses. */
  readonly harnesses: readonly string[];
  /** Those of one harness each; a session of several is made of some of them. */
  list(): readonly Session[];
  /** @throws H2mError if there is no such harness, or no room. */
  open(target: SessionTarget): Session;
}
