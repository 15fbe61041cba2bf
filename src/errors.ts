/** What went wrong, for programs. */
export type H2mErrorCode =
  /** The request, or what it asks for, is malformed. */
  | "bad-request"
  | "bad-config"
  | "bad-usage"
  | "too-large"
  | "unauthorized"
  | "unknown-tool"
  | "unknown-harness"
  | "unknown-session"
  | "unknown-resource"
  | "unknown-prompt"
  /** Two tools end with one name. */
  | "name-clash"
  /** The tools are not those of the lock. */
  | "list-changed"
  /** A config whose folder the user does not trust, or that another user may change. */
  | "untrusted"
  | "not-installed"
  /** The harness did not come in time, or none is attached. */
  | "no-harness"
  | "harness-exited"
  /** A sent call whose result cannot come any more: it may or may not have run. */
  | "outcome-unknown"
  | "timeout"
  | "cancelled"
  | "closed"
  | "too-many-sessions"
  /** The server lets what runs end, and takes nothing new. */
  | "draining"
  | "port-taken"
  | "internal";

/** Marks the class of every copy of this package: a plugin may have installed another one. */
const MARK = Symbol.for("harness-to-mcp.error");

/** Every error that h2m makes itself: what happened, to what, and what to do. */
export class H2mError extends Error {
  /** Errors of another copy of this package count too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && MARK in value;
  }

  override readonly name = "H2mError";
  readonly [MARK] = true;
  readonly code: H2mErrorCode;
  /** What to do about it. */
  readonly hint: string | undefined;

  constructor(
    code: H2mErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    // It may quote others, cut anywhere: half a character in it would lose the whole answer.
    super(
      message.toWellFormed(),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.hint = options.hint?.toWellFormed();
  }

  /** Message and hint in one text. */
  get text(): string {
    return this.hint ? `${this.message} ${this.hint}` : this.message;
  }

  /** The error itself, or a thing of another kind wrapped as `internal`. */
  static from(error: unknown): H2mError {
    if (error instanceof H2mError) return error;
    // Not `instanceof Error`: what jiti runs may throw one of another realm.
    const { message: text } = (error ?? {}) as { message?: unknown };
    const message = typeof text === "string" ? text : String(error);
    return new H2mError("internal", message, { cause: error });
  }
}
