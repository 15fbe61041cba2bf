/** What is kept of one tool's schema: enough to tell that it changed, and where. */
export interface ToolLock {
  /** Hash of the schema without its texts, a dot, hash of all of it. */
  readonly schema: string;
  /** The same of each argument. */
  readonly properties: Readonly<Record<string, string>>;
  readonly required: readonly string[];
}

/** The tools of one harness as clients saw them. */
export interface HarnessLock {
  readonly version?: string | undefined;
  readonly tools: Readonly<Record<string, ToolLock>>;
}

/** `h2m.lock.json`: which tools may be served under `--frozen`. */
export interface Lock {
  readonly format: 1;
  readonly harnesses: Readonly<Record<string, HarnessLock>>;
}
