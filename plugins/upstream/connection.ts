import type { Client, Transport } from "@modelcontextprotocol/client";
import type { Readable } from "node:stream";
import { endOf, H2mError, visibleLines } from "../../src/plugin.ts";
import type { Filled } from "./options.ts";

/** Longest message, in bytes: as h2m's own clients may send. */
const LONGEST = 32 * 1024 * 1024;
/** How much of a program's standard error is told when it ends. */
const TAIL = 1_000;

export interface ConnectOptions {
  readonly name: string;
  readonly version: string;
  /** Milliseconds. */
  readonly patience: number;
  /** Its list has changed. */
  onChanged(): void;
  /** It asks a person something. */
  elicit(params: unknown): Promise<unknown>;
  /** It is gone; nobody asked for that. */
  onGone(error: H2mError): void;
}

export interface Connection {
  readonly client: Client;
  close(): Promise<void>;
}

/** Connects to a server of either era. @throws H2mError, with the end of what a program said */
export async function connect(filled: Filled, options: ConnectOptions): Promise<Connection> {
  const { Client } = await import("@modelcontextprotocol/client");
  const { name, version, patience, onChanged, elicit, onGone } = options;
  const changed = { autoRefresh: false, onChanged } as const;
  const client = new Client(
    { name: "harness-to-mcp", version },
    {
      capabilities: { elicitation: { form: {} } },
      versionNegotiation: { mode: "auto", probe: { timeoutMs: Math.min(patience, 5_000) } },
      listChanged: { tools: changed, prompts: changed, resources: changed },
    },
  );
  client.setRequestHandler(
    "elicitation/create",
    async ({ params }) => (await elicit(params)) as never,
  );
  const { transport, tail } = await transportOf(filled);
  let closed = false;
  const close = async () => {
    closed = true;
    await client.close();
  };
  const said = () => {
    const text = tail().trim();
    return text === "" ? "" : ` It said: ${visibleLines(text)}`;
  };
  client.onclose = () => {
    if (!closed)
      onGone(new H2mError("harness-exited", `The MCP server \`${name}\` has gone.${said()}`));
  };
  // A fault of one message; what ends the connection is told by its end.
  client.onerror = () => {};
  try {
    await client.connect(transport, { timeout: patience });
    return { client, close };
  } catch (cause) {
    closed = true;
    await client.close().catch(() => {});
    const { message } = H2mError.from(cause);
    throw new H2mError(
      "no-harness",
      `The MCP server \`${name}\` does not come: ${message}${said()}`,
      {
        hint: `Check \`upstream.${name}\` in the config.`,
        cause,
      },
    );
  }
}

async function transportOf(filled: Filled): Promise<{ transport: Transport; tail: () => string }> {
  const { command, args, env, cwd, url, headers } = filled;
  if (url !== undefined) {
    const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
    const { origin } = new URL(url);
    const transport = new StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers, redirect: "manual" },
      // The headers are for this server: they follow no redirect to another one.
      fetch: async (target, init) => {
        if (new URL(target).origin !== origin)
          throw new Error(`it sends us on to ${new URL(target).origin}`);
        const answer = await fetch(target, init);
        if (answer.status >= 300 && answer.status < 400)
          throw new Error(`it answers with ${answer.status}: name the URL that it leads to`);
        return answer;
      },
    });
    return { transport, tail: () => "" };
  }
  const { getDefaultEnvironment, StdioClientTransport } =
    await import("@modelcontextprotocol/client/stdio");
  const transport = new StdioClientTransport({
    command: command ?? "",
    args: [...args],
    // PATH, HOME and the like: nothing else of ours, and none of our secrets.
    env: { ...getDefaultEnvironment(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stderr: "pipe",
    maxBufferSize: LONGEST,
  });
  let text = "";
  const stderr = transport.stderr as Readable | null;
  stderr?.setEncoding("utf8");
  stderr?.on("data", (chunk: string) => (text = endOf(text + chunk, TAIL)));
  stderr?.on("error", () => {});
  return { transport, tail: () => text };
}
