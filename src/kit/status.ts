import { H2mError, type H2mErrorCode } from "../errors.ts";

const STATUS: Partial<Record<H2mErrorCode, number>> = {
  "bad-request": 400,
  unauthorized: 401,
  "unknown-session": 404,
  "unknown-harness": 404,
  "too-large": 413,
  "too-many-sessions": 503,
  draining: 503,
  closed: 503,
};

/** The HTTP status of an error: ours by its code, another one by its own `status`, else 500. */
export function statusOf(error: unknown): number {
  if (error instanceof H2mError) return STATUS[error.code] ?? 500;
  const status = (error as { status?: unknown } | undefined)?.status;
  return typeof status === "number" ? status : 500;
}
