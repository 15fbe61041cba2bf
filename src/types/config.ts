import type { HarnessOptions } from "./harness.ts";
import type { ToolMapper } from "./mapper.ts";
import type { ToolAnnotations } from "./mcp.ts";
import type { Plugin, PluginEntry } from "./plugin.ts";
import type { LocalTool, ToolFolder } from "./tool.ts";
import type { UpstreamOptions } from "./upstream.ts";

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** One folder that a harness works in. */
export interface WorkspaceOptions {
  /** One of `harnesses`. */
  readonly harness: string;
  /** Relative to the config file. */
  readonly cwd: string;
  /** More environment for its tools. @default {} */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A file with one line of JSON for each call. */
export interface AuditOptions {
  /** Relative to the config file; made with mode 0600. */
  readonly file: string;
  /** Globs of keys of arguments, in any case and at any depth, whose values are not written. */
  readonly redact?: readonly string[] | undefined;
}

/** What the calls of one session may not exceed. Left out: no limit. */
export interface ToolLimits {
  /** Of one answer: of a larger one the middle is left out, and the whole is kept as a resource. */
  readonly maxResultBytes?: number | undefined;
  /** Calls at once: more wait in line. */
  readonly concurrency?: number | undefined;
  /** Calls within any minute: more are refused. */
  readonly perMinute?: number | undefined;
}

/** What becomes of one tool's arguments. An argument is named in one of the three. */
export interface ToolArguments {
  /** Always sent, with this value; no client sees or sends it. @default {} */
  readonly pin?: Readonly<Record<string, unknown>> | undefined;
  /** Never sent; no client sees it. @default [] */
  readonly hide?: readonly string[] | undefined;
  /** Sent with this value where the client gives none. @default {} */
  readonly default?: Readonly<Record<string, unknown>> | undefined;
}

/** What a profile may say: all that a config may, but no further profiles. */
export type Profile = Omit<H2mConfig, "profiles">;

/** `h2m.config.ts`: every key is optional. */
export interface H2mConfig {
  /** Names, or names with options. Each is at `/mcp/<name>`; the only one, or all as one, at `/mcp`. @default [] (wait for harnesses that attach) */
  harnesses?: readonly string[] | Readonly<Record<string, HarnessOptions>>;
  /** Working folder of the harnesses, relative to the config file. @default "." */
  cwd?: string;
  /** Folders of their own, each a shared session at `/mcp/<harness>/<name>`. @default {} */
  workspaces?: Readonly<Record<string, WorkspaceOptions>>;
  /** Plugins, functions that make them, npm packages, or paths relative to the config file. @default [] */
  plugins?: readonly (PluginEntry | false | null | undefined)[];
  /** All names are the harness's own, except the right side of `rename` and `prefix`. */
  tools?: {
    /** Globs. @default ["*"] */
    include?: readonly string[];
    /** Globs; wins over `include`. @default [] */
    exclude?: readonly string[];
    /** Harness name → shown name. @default {} */
    rename?: Readonly<Record<string, string>>;
    /** Stands before every shown name, also a renamed one. @default "" */
    prefix?: string;
    /** Harness name → description. @default {} */
    describe?: Readonly<Record<string, string>>;
    /** Harness name → what becomes of its arguments. @default {} */
    args?: Readonly<Record<string, ToolArguments>>;
    /** Harness name → hints for clients, laid over the harness's own. @default {} */
    annotations?: Readonly<Record<string, ToolAnnotations>>;
    /** Shows and calls only tools whose annotations say `readOnlyHint: true`. @default false */
    readOnly?: boolean;
    /** Names and schemas that strict clients take. `false`: as the harness has them. @default true */
    portable?: boolean;
    /** Globs of tools that the client's person is asked about before each call, and risks: `risk:destructive`. @default [] */
    confirm?: readonly string[];
    /** What becomes of such a call if the client cannot ask. @default "deny" */
    confirmFallback?: "deny" | "allow";
    /** Of each session. @default none */
    limits?: ToolLimits;
    /** Own mappers, inside the keys above. @default [] */
    map?: readonly ToolMapper[];
    /**
     * Tools of the project, as `defineTool` makes them; files with one as its default export, and folders of such files, relative to
     * the config file. What was loaded of a folder is a `ToolFolder`. @default []
     */
    local?: readonly (LocalTool | ToolFolder | string)[];
  };
  /** Sets of keys by name, one of which can be chosen at the start: it lies over the rest of the config. @default {} */
  profiles?: Readonly<Record<string, Profile>>;
  /** A folder of Markdown files that clients offer as prompts, relative to the config file. @default none */
  prompts?: string;
  /** Files that clients can read, relative to the config file, by URI, such as `docs://readme`. @default {} */
  resources?: Readonly<Record<string, string>>;
  /** Other MCP servers by name: their tools stand beside the harness's as `<name>_<tool>`. `false`: not this one. @default {} */
  upstream?: Readonly<Record<string, UpstreamOptions | false>>;
  /** What MCP clients are shown: the tools, or three by which they are found and called. @default "tools" */
  expose?: "tools" | "search";
  /** Ways in beside MCP; `false` closes one. */
  surfaces?: {
    /** `/tools`, `/openapi.json` and `/docs`. @default true */
    rest?: boolean;
  };
  /** Tool lists of earlier starts answer before the harness has booted; `false`: each list is waited for. @default true */
  catalog?: boolean;
  /** `full` mirrors the harness's own prompt, and waits for it. @default "short" */
  instructions?: "short" | "full" | false;
  /** Milliseconds. */
  timeouts?: {
    /** Until the harness has sent its first request. @default 30_000 */
    connect?: number;
    /** One tool call. @default 600_000 */
    call?: number;
    /** A session that nobody uses. @default 1_800_000 */
    idle?: number;
    /** A session of one client that has closed its stream and asks nothing. @default 60_000 */
    gone?: number;
    /** Stopping everything. @default 5_000 */
    shutdown?: number;
    /** For calls that run when the server is told to end by SIGTERM or `h2m drain`. @default 0 */
    drain?: number;
  };
  /** Milliseconds between signs of life on a held request. @default 15_000 */
  heartbeat?: number;
  sessions?: {
    /** @default 64 */
    max?: number;
  };
  /** @default false */
  audit?: AuditOptions | false;
  log?: {
    /** @default "info" */
    level?: LogLevel;
  };
  /** The `h2m` command reads the file anew whenever it changes. Whoever can write it, also a tool, then changes what runs. @default false */
  watch?: boolean;
  server?: {
    /** @default "127.0.0.1" */
    host?: string;
    /** 0: any free port. @default 9330 */
    port?: number;
    /** Opens MCP. @default made once and kept in the state folder */
    token?: string;
    /** Opens the hijack API for harnesses that the user starts. @default made once and kept in the state folder */
    attachKey?: string;
    /** `false` needs a loopback host. @default true */
    auth?: boolean;
    /** Host names that requests may carry, beside the loopback ones. @default [] */
    allowedHosts?: readonly string[];
    /** Origins that browsers may send, such as `https://app.example`. @default [] */
    allowedOrigins?: readonly string[];
    /** Where clients reach it, such as `https://hands.example.com`: its host is allowed, and its URL printed. @default as it listens */
    publicUrl?: string;
    /** Begins the id of each session, such as `a` (`a-…`), for a balancer before several servers. @default none */
    instance?: string;
    /** Addresses and networks of proxies whose `X-Forwarded-Host` is believed, such as `10.0.0.0/8`. @default [] */
    trustProxy?: readonly string[];
  };
}

/** What became of a config that was read anew while h2m runs. Each key whose value is different stands in one of the lists. */
export interface Reload {
  /** In force: new sessions take all of it, running ones what allows less. Such as `tools.exclude`. */
  readonly applied: readonly string[];
  /** Wait for the next start. */
  readonly restart: readonly string[];
  /** Would allow more than the config of the start. What both allow is in force; the rest needs a restart. */
  readonly wider: readonly string[];
}

/** Where a config was read from, so that it can be read anew. */
export interface ConfigSource {
  /** The file that was loaded. */
  readonly file: string;
  /** Reads all of it anew. */
  read(): Promise<H2mConfig>;
  /** Hears what became of it, whoever asked. */
  told?(outcome: Reload): void;
  /** Hears why it could not be used; then nothing has changed. */
  failed?(error: Error): void;
}

/** A config with every default filled in and paths made absolute. */
export interface ResolvedConfig {
  readonly harnesses: Readonly<Record<string, HarnessOptions>>;
  readonly cwd: string;
  readonly workspaces: Readonly<Record<string, WorkspaceOptions>>;
  readonly plugins: readonly Plugin[];
  readonly tools: {
    readonly include: readonly string[];
    readonly exclude: readonly string[];
    readonly rename: Readonly<Record<string, string>>;
    readonly prefix: string;
    readonly describe: Readonly<Record<string, string>>;
    readonly args: Readonly<Record<string, ToolArguments>>;
    readonly annotations: Readonly<Record<string, ToolAnnotations>>;
    readonly readOnly: boolean;
    readonly portable: boolean;
    readonly confirm: readonly string[];
    readonly confirmFallback: "deny" | "allow";
    readonly limits: ToolLimits;
    readonly map: readonly ToolMapper[];
    readonly local: readonly (LocalTool | ToolFolder)[];
  };
  readonly profiles: Readonly<Record<string, Profile>>;
  readonly prompts?: string | undefined;
  readonly resources: Readonly<Record<string, string>>;
  readonly upstream: Readonly<Record<string, UpstreamOptions>>;
  readonly expose: "tools" | "search";
  readonly surfaces: { readonly rest: boolean };
  readonly catalog: boolean;
  readonly instructions: "short" | "full" | false;
  readonly timeouts: {
    readonly connect: number;
    readonly call: number;
    readonly idle: number;
    readonly gone: number;
    readonly shutdown: number;
    readonly drain: number;
  };
  readonly heartbeat: number;
  readonly sessions: { readonly max: number };
  readonly audit: Required<AuditOptions> | false;
  readonly log: { readonly level: LogLevel };
  readonly watch: boolean;
  readonly server: {
    readonly host: string;
    readonly port: number;
    readonly token?: string | undefined;
    readonly attachKey?: string | undefined;
    readonly auth: boolean;
    readonly allowedHosts: readonly string[];
    readonly allowedOrigins: readonly string[];
    readonly publicUrl?: string | undefined;
    readonly instance?: string | undefined;
    readonly trustProxy: readonly string[];
  };
}
