import { H2mError, type H2mErrorCode } from "../../src/plugin.ts";

/** What is told of a request that did not do what it should. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Where the arguments do not fit: JSON pointers into them. */
  readonly issues?: readonly { readonly path: string; readonly message: string }[] | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
  /** To be sent back in the header `h2m-confirm` by who says yes. */
  readonly confirm?: string | undefined;
}

const STATUS: Partial<Record<H2mErrorCode, number>> = {
  "bad-request": 400,
  unauthorized: 401,
  "unknown-tool": 404,
  "unknown-harness": 404,
  "unknown-session": 404,
  "too-large": 413,
  // What it stands for did not answer, or went away: whether the call ran is not known where the code says so.
  "harness-exited": 502,
  "outcome-unknown": 502,
  timeout: 504,
  "no-harness": 504,
  "not-installed": 503,
  "too-many-sessions": 503,
  draining: 503,
  closed: 503,
};

/** What an error of h2m, of the web framework, or of anything else is told as. */
export function problemOf(error: unknown): Problem {
  if (error instanceof H2mError)
    return { status: STATUS[error.code] ?? 500, code: error.code, message: error.text };
  const { status } = (error ?? {}) as { status?: unknown };
  const { code, text } = H2mError.from(error);
  if (status === 413)
    return { status, code: "too-large", message: "The body is larger than 16 MB." };
  return { status: typeof status === "number" ? status : 500, code, message: text };
}

/** As the body of an answer, without what is told in its head. */
export function bodyOf({ code, message, issues, confirm }: Problem): object {
  return {
    error: {
      code,
      message,
      ...(issues === undefined ? {} : { issues }),
      ...(confirm === undefined ? {} : { confirm }),
    },
  };
}

/** As a whole answer. */
export function answerOf(problem: Problem): Response {
  const { status, retryAfter } = problem;
  const wait = retryAfter ?? (status === 503 ? 5 : undefined);
  const headers: Record<string, string> = wait === undefined ? {} : { "retry-after": String(wait) };
  return Response.json(bodyOf(problem), { status, headers });
}
