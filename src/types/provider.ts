import type { NoticeLevel, Refusal, SessionInfo, Teardown } from "./session.ts";
import type { MapperCall } from "./mapper.ts";
import type {
  CallToolResult,
  ElicitRequestFormParams,
  ElicitResult,
  GetPromptResult,
  McpPrompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
} from "./mcp.ts";

/** Asks the client's person what a tool wants to know, as MCP's elicitation has it. */
export type Elicit = (
  request: ElicitRequestFormParams,
  signal: AbortSignal,
) => Promise<ElicitResult>;

export interface ProviderCallOptions {
  readonly session: SessionInfo;
  /** Aborted when the client cancels or leaves, or the call's deadline passes. Nobody waits for the result any more then. */
  readonly signal: AbortSignal;
  /** Tells why the call is refused, before the result that says so in words. */
  onRefused?(refusal: Refusal): void;
  /** Tells output of the running tool. */
  onProgress(text: string): void;
  /** @default nobody can be asked */
  readonly elicit?: Elicit | undefined;
}

/** What has changed, or what clients should be told. */
export type ProviderEvent =
  | { readonly type: "tools" | "prompts" | "resources" }
  | { readonly type: "notice"; readonly message: string; readonly level: NoticeLevel };

/**
 * Where tools, prompts and resources come from that are no harness's: each session of the server has them beside its harness's.
 * What the lists give is what is known at once; names are without any prefix of the config, and no two tools have the same.
 */
export interface Provider {
  /** For errors and notices. */
  readonly name: string;
  /** Resolves when the lists are known, or will not be known soon. A client's list waits for it, at most `timeouts.connect`. */
  ready?(): Promise<void>;
  tools?(): readonly Tool[];
  /** Runs one of its tools; the arguments have passed its schema. A failure of the tool is a result with `isError`. */
  call?(call: MapperCall, options: ProviderCallOptions): Promise<CallToolResult>;
  prompts?(): readonly McpPrompt[];
  /** @throws H2mError `unknown-prompt`, `bad-request` */
  prompt?(
    name: string,
    args: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<GetPromptResult>;
  resources?(): readonly Resource[];
  templates?(): readonly ResourceTemplate[];
  /** `undefined`: it has none of this URI. */
  resource?(uri: string, signal: AbortSignal): Promise<ReadResourceResult | undefined>;
  /** Tells of changes from now on. */
  watch?(listener: (event: ProviderEvent) => void): Teardown;
  /** The server ends. */
  close?(): Promise<void>;
}
