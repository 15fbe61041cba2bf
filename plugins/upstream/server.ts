import {
  abortable,
  type CallToolResult,
  type Elicit,
  H2mError,
  type ProviderCallOptions,
  type ProviderEvent,
  Restarts,
  textResult,
  type UpstreamOptions,
  within,
} from "../../src/plugin.ts";
import { type Connection, connect } from "./connection.ts";
import { isLists, type Lists, listsOf, NONE } from "./lists.ts";
import { filledOf } from "./options.ts";

export interface ServerDeps {
  readonly version: string;
  /** Milliseconds for a connection, and for a list. */
  readonly patience: () => number;
  /** Of an earlier start. */
  read(): Promise<unknown>;
  write(lists: Lists): Promise<void>;
  tell(event: ProviderEvent): void;
}

/** In milliseconds: how long a connection stays that nobody uses, and how long it may take to end. */
const KEEP_ALIVE = 300_000;
const ENDING = 5_000;
/** The core has the limit of a call; timers take no more. */
const NEVER = 2 ** 31 - 1;

/** One other MCP server: connected when it is needed, and let go when nobody uses it. */
export class UpstreamServer {
  readonly name: string;
  readonly #options: UpstreamOptions;
  readonly #deps: ServerDeps;
  readonly #restarts = new Restarts();
  readonly #asking = new Set<{ elicit: Elicit | undefined; signal: AbortSignal }>();
  #lists: Lists = NONE;
  #connection: Promise<Connection> | undefined;
  #idle: NodeJS.Timeout | undefined;
  #uses = 0;
  #over = false;
  #told: string | undefined;
  #begun: Promise<void> | undefined;

  constructor(name: string, options: UpstreamOptions, deps: ServerDeps) {
    this.name = name;
    this.#options = options;
    this.#deps = deps;
  }

  /** Resolves when its lists are known, or will not be known soon. Nothing begins before somebody asks. */
  ready(): Promise<void> {
    return (this.#begun ??= this.#begin());
  }

  get eager(): boolean {
    return this.#options.eager === true;
  }

  get lists(): Lists {
    return this.#lists;
  }

  /** Runs one of its tools, by its own name. @throws H2mError, also `outcome-unknown` if it goes away meanwhile */
  async call(
    name: string,
    args: Record<string, unknown>,
    { signal, onProgress, elicit }: ProviderCallOptions,
  ): Promise<CallToolResult> {
    const asking = { elicit, signal };
    return this.#use(signal, async ({ client }) => {
      this.#asking.add(asking);
      try {
        const told = ({
          progress,
          total,
          message,
        }: {
          progress: number;
          total?: number;
          message?: string;
        }) => onProgress(message ?? `${progress}${total === undefined ? "" : `/${total}`}`);
        const options = { signal, onprogress: told, timeout: NEVER, resetTimeoutOnProgress: false };
        return (await client.callTool({ name, arguments: args }, options)) as CallToolResult;
      } catch (error) {
        signal.throwIfAborted();
        if (isGone(error))
          throw new H2mError(
            "outcome-unknown",
            `The MCP server \`${this.name}\` went away while \`${name}\` was running: it may or may not have run.`,
          );
        // Its own words for what is wrong.
        return textResult(`${this.name}: ${H2mError.from(error).message}`, true);
      } finally {
        this.#asking.delete(asking);
      }
    });
  }

  prompt(name: string, args: Readonly<Record<string, string>>, signal: AbortSignal) {
    return this.#use(signal, ({ client }) =>
      client.getPrompt({ name, arguments: { ...args } }, { signal }),
    );
  }

  resource(uri: string, signal: AbortSignal) {
    return this.#use(signal, ({ client }) => client.readResource({ uri }, { signal }));
  }

  async close(): Promise<void> {
    this.#over = true;
    clearTimeout(this.#idle);
    await this.#letGo();
  }

  async #begin(): Promise<void> {
    const kept = await this.#deps.read();
    if (isLists(kept)) {
      this.#lists = kept;
      for (const type of ["tools", "prompts", "resources"] as const) this.#deps.tell({ type });
      if (!this.#options.eager) return;
    }
    // Nothing was kept: once for its lists.
    await this.#use(undefined, async () => {}).catch(() => {}); // It was told.
  }

  /** Does something with a connection, which stays a while afterwards. */
  async #use<T>(
    signal: AbortSignal | undefined,
    act: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    clearTimeout(this.#idle);
    this.#uses++;
    try {
      const connection = await abortable(this.#connected(), signal);
      return await act(connection);
    } finally {
      this.#uses--;
      this.#rest();
    }
  }

  #connected(): Promise<Connection> {
    if (this.#over) return Promise.reject(new H2mError("closed", "The server is stopping."));
    if (this.#connection) return this.#connection;
    const connecting = this.#connect();
    this.#connection = connecting;
    connecting.catch((error: unknown) => {
      if (this.#connection === connecting) this.#connection = undefined;
      this.#failed(H2mError.from(error));
    });
    return connecting;
  }

  async #connect(): Promise<Connection> {
    this.#restarts.check(this.name);
    const patience = this.#deps.patience();
    const connection = await connect(filledOf(this.name, this.#options), {
      name: this.name,
      version: this.#deps.version,
      patience,
      onChanged: () =>
        void this.#refresh(connection, patience).catch((error: unknown) =>
          this.#warn(H2mError.from(error)),
        ),
      elicit: (params) => this.#elicit(params),
      onGone: (error) => {
        this.#connection = undefined;
        this.#restarts.failed(error);
      },
    });
    try {
      await this.#refresh(connection, patience);
    } catch (error) {
      await connection.close().catch(() => {});
      throw error;
    }
    this.#restarts.succeeded();
    if (this.#told !== undefined) {
      this.#told = undefined;
      this.#deps.tell({
        type: "notice",
        level: "notice",
        message: `The MCP server \`${this.name}\` is there again.`,
      });
    }
    return connection;
  }

  async #refresh({ client }: Connection, patience: number): Promise<void> {
    const lists = await listsOf(client, patience);
    const before = this.#lists;
    this.#lists = lists;
    const differs = (key: keyof Lists) =>
      JSON.stringify(lists[key]) !== JSON.stringify(before[key]);
    if (differs("tools")) this.#deps.tell({ type: "tools" });
    if (differs("prompts")) this.#deps.tell({ type: "prompts" });
    if (differs("resources") || differs("templates")) this.#deps.tell({ type: "resources" });
    if ((Object.keys(lists) as (keyof Lists)[]).some(differs)) await this.#deps.write(lists);
  }

  /** Of several calls at once nobody can tell which one asks: it is declined, and says so. */
  async #elicit(params: unknown): Promise<unknown> {
    const [only, ...more] = this.#asking;
    if (only?.elicit && more.length === 0)
      return only.elicit(params as Parameters<Elicit>[0], only.signal);
    const why = more.length > 0 ? "several of its calls run" : "the client cannot ask";
    const text = `The MCP server \`${this.name}\` asked a person something, which was declined: ${why}.`;
    this.#warn(new H2mError("internal", text));
    return { action: "decline" };
  }

  #failed(error: H2mError): void {
    if (error.code === "closed") return;
    this.#restarts.failed(error);
    this.#warn(error);
  }

  /** Once, until it is another trouble. */
  #warn({ text }: H2mError): void {
    if (this.#told === text) return;
    this.#told = text;
    this.#deps.tell({ type: "notice", level: "warning", message: text });
  }

  #rest(): void {
    if (this.#uses > 0 || this.#options.eager || this.#over) return;
    clearTimeout(this.#idle);
    const pause = this.#options.keepAlive ?? KEEP_ALIVE;
    this.#idle = setTimeout(() => void this.#letGo(), pause);
    this.#idle.unref();
  }

  async #letGo(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    const late = () => new Error("late");
    const closing = connection?.then((found) => found.close());
    // What does not end by then is ended by its closed streams, or by nobody.
    if (closing) await within(closing, ENDING, late).catch(() => {});
  }
}

function isGone(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === "CONNECTION_CLOSED" || code === "NOT_CONNECTED";
}
