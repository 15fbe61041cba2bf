/** Another MCP server. `${NAME}` in its texts is that variable of h2m's environment. */
export interface UpstreamOptions {
  /** The program, over stdio. Either this or `url`. */
  readonly command?: string | undefined;
  /** @default [] */
  readonly args?: readonly string[] | undefined;
  /** Beside PATH, HOME and the like: nothing else of h2m's environment. @default {} */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Relative to the config file. @default the config's `cwd` */
  readonly cwd?: string | undefined;
  /** Where it is, over HTTP. */
  readonly url?: string | undefined;
  /** Sent with each request, and to no other server. @default {} */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Connected from the start, and kept. @default false: with the first call, or once for its list where none is kept */
  readonly eager?: boolean | undefined;
  /** Milliseconds that a connection stays which nobody uses. @default 300_000 */
  readonly keepAlive?: number | undefined;
}
