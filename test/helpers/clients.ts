import type { Readable, Writable } from "node:stream";
import {
  Client as ModernClient,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as V1Transport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StdioServerTransport as V1StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import {
  ElicitRequestSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { StdioClientTransport as V1StdioTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { CallToolResult, Tool } from "../../src/plugin.ts";

/** An MCP client, whichever SDK and era is behind it. */
export interface McpClient {
  /** The tools, as they are now. */
  tools(): Promise<Tool[]>;
  /** Their names. */
  names(): Promise<string[]>;
  call(
    name: string,
    args?: Record<string, unknown>,
    options?: { signal?: AbortSignal; onprogress?: (report: { progress: number }) => void },
  ): Promise<CallToolResult>;
  /** The one text of the result. */
  text(name: string, args?: Record<string, unknown>): Promise<string>;
  /** URIs of the resources. */
  resources(): Promise<string[]>;
  /** The text, or else the base64, of a resource. */
  read(uri: string): Promise<string>;
  instructions(): string | undefined;
  /** How many times the server said that the list has changed. */
  changes(): number;
  /** Ends the MCP session (2025 era: with DELETE). */
  end(): Promise<void>;
  /** Leaves without a word. */
  close(): Promise<void>;
}

/** A person who is asked. */
export type Person = (question: {
  message: string;
}) => Promise<{ action: "accept" | "decline" | "cancel" }>;

export interface ClientOptions {
  /** @default nobody: the client cannot ask */
  readonly person?: Person | undefined;
  /** Over HTTP: what stands in for the network. */
  readonly fetch?: ((url: string | URL, init?: RequestInit) => Promise<Response>) | undefined;
}

export type Era = "v1" | "v2-2025" | "v2-2026";
export const ERAS: readonly Era[] = ["v1", "v2-2025", "v2-2026"];

/** Connects a client of one of the two SDKs. */
export function connect(
  era: Era,
  url: string,
  token?: string,
  options: ClientOptions = {},
): Promise<McpClient> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const transport = {
    requestInit: { headers },
    ...(options.fetch ? { fetch: options.fetch } : {}),
  };
  return era === "v1"
    ? connectV1(new V1Transport(new URL(url), transport), options)
    : connectV2(new StreamableHTTPClientTransport(new URL(url), transport), options, era);
}

/** A server that a client starts itself. */
export interface StdioServer {
  readonly command: string;
  readonly args: string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
}

/** Starts a server and connects a client to it; both end together. */
export function connectStdio(era: Era, server: StdioServer): Promise<McpClient> {
  const parameters = { ...server, stderr: "ignore" } as const;
  return era === "v1"
    ? connectV1(new V1StdioTransport(parameters), {})
    : connectV2(new StdioClientTransport(parameters), {}, era);
}

/** Connects a client of the 2025 era to a server in this process that reads and writes lines. */
export function connectStreams(
  fromServer: Readable,
  toServer: Writable,
  options: ClientOptions = {},
): Promise<McpClient> {
  // What reads and writes lines is the same at both ends.
  return connectV1(new V1StdioServerTransport(fromServer, toServer), options);
}

async function connectV1(
  transport: V1Transport | V1StdioTransport | V1StdioServerTransport,
  { person }: ClientOptions,
): Promise<McpClient> {
  const capabilities = person ? { elicitation: {} } : {};
  const client = new V1Client({ name: "test", version: "1" }, { capabilities });
  if (person) client.setRequestHandler(ElicitRequestSchema, ({ params }) => person(params));
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => void changes++);

  await client.connect(transport as Parameters<typeof client.connect>[0]);
  const call: McpClient["call"] = async (name, args = {}, options) =>
    (await client.callTool({ name, arguments: args }, undefined, options)) as CallToolResult;
  const tools = async () => (await client.listTools()).tools as Tool[];
  return {
    tools,
    names: async () => (await tools()).map((tool) => tool.name),
    call,
    text: async (name, args) => textIn(await call(name, args)),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    read: async (uri) => contentsIn(await client.readResource({ uri })),
    instructions: () => client.getInstructions(),
    changes: () => changes,
    end: async () => {
      if ("terminateSession" in transport) await transport.terminateSession();
      await client.close();
    },
    close: () => client.close(),
  };
}

async function connectV2(
  transport: StreamableHTTPClientTransport | StdioClientTransport,
  { person }: ClientOptions,
  era: Era,
): Promise<McpClient> {
  const mode = era === "v2-2026" ? { pin: "2026-07-28" } : undefined;
  let changes = 0;
  const client = new ModernClient(
    { name: "test", version: "1" },
    {
      capabilities: person ? { elicitation: { form: {} } } : {},
      listChanged: {
        tools: { autoRefresh: false, debounceMs: 0, onChanged: () => void changes++ },
      },
      ...(mode ? { versionNegotiation: { mode } } : {}),
    },
  );
  if (person) client.setRequestHandler("elicitation/create", ({ params }) => person(params));
  await client.connect(transport);
  const call: McpClient["call"] = async (name, args = {}, options) =>
    (await client.callTool({ name, arguments: args }, options)) as CallToolResult;
  // Without the cache that a 2026 client may keep for the time the server allows.
  const tools = async () => (await client.listTools({}, { cacheMode: "refresh" })).tools as Tool[];
  return {
    tools,
    names: async () => (await tools()).map((tool) => tool.name),
    call,
    text: async (name, args) => textIn(await call(name, args)),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    read: async (uri) => contentsIn(await client.readResource({ uri })),
    instructions: () => client.getInstructions(),
    changes: () => changes,
    end: async () => {
      if ("terminateSession" in transport) await transport.terminateSession();
      await client.close();
    },
    close: () => client.close(),
  };
}

export function textIn(result: CallToolResult): string {
  const [first] = result.content;
  if (first?.type !== "text") throw new Error(`No text: ${JSON.stringify(result)}`);
  return first.text;
}

function contentsIn({ contents }: { contents: ({ text: string } | { blob: string })[] }): string {
  const [first] = contents;
  if (!first) throw new Error("The resource has no contents.");
  return "text" in first ? first.text : first.blob;
}
