import { join } from "node:path";

/** Where an entry stands: for all that the user does, or for one folder. */
export type Scope = "user" | "project";

/** What decides where a client keeps its files. */
export interface Place {
  readonly home: string;
  /** The folder of the project. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/** How a client starts h2m. */
export interface StdioEntry {
  readonly command: string;
  readonly args: readonly string[];
  /** For an app, which is not started by a shell and knows no PATH of it. */
  readonly env: Readonly<Record<string, string>> | undefined;
}

/** Where a client finds a running h2m. */
export interface HttpEntry {
  readonly url: string;
  /** Beside the secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** `undefined`: the server asks for none. */
  readonly token: TokenSource | undefined;
}

/** Where the token comes from; it never stands in a client's file. */
export interface TokenSource {
  /** A variable of the environment that the client is started in. */
  readonly variable: string;
  /** The file that holds it (0600). `undefined`: the user gave a token of his own. */
  readonly file: string | undefined;
}

/** An MCP client, and how its file of servers is written. */
export interface Client {
  /** As the command line has it. */
  readonly name: string;
  readonly title: string;
  readonly format: "json" | "toml";
  /** The keys that lead to the servers. */
  readonly key: readonly string[];
  /** A window and no command: it has no PATH of a shell, and starts servers in a folder of its own. */
  readonly app: boolean;
  /** The files that may hold them: the one that is made if there is none comes first. A text says why there are none. */
  files(scope: Scope, place: Place): readonly string[] | string;
  stdio(entry: StdioEntry): object;
  /** A text says why it cannot. */
  readonly http: ((entry: HttpEntry) => object) | string;
  /** Whether `http` leaves it to the user to set the variable of the token. */
  readonly needsVariable: (entry: HttpEntry) => boolean;
  /** What to do that it takes effect. */
  readonly next: string;
}

/** The folder where apps keep what is the user's. */
export function appFolder({ home, env, platform }: Place): string {
  if (platform === "darwin") return join(home, "Library", "Application Support");
  if (platform === "win32") return env["APPDATA"] || join(home, "AppData", "Roaming");
  return env["XDG_CONFIG_HOME"] || join(home, ".config");
}

/** `Bearer` and the token, where `of` writes a variable as the client has it; without one nothing. */
export function bearer(
  { headers, token }: HttpEntry,
  of: (variable: string) => string,
): Readonly<Record<string, string>> {
  return token ? { ...headers, Authorization: `Bearer ${of(token.variable)}` } : headers;
}

/** A key with an object, left out where there is nothing in it. */
export function filled<K extends string>(
  key: K,
  object: Readonly<Record<string, string>> | undefined,
): object {
  return object && Object.keys(object).length > 0 ? { [key]: object } : {};
}
