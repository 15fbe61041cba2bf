import type { H2mError } from "../../src/plugin.ts";

const STATUS: Partial<Record<H2mError["code"], number>> = {
  "bad-request": 400,
  unauthorized: 401,
  "too-large": 413,
  "too-many-sessions": 503,
  closed: 503,
};

/**
 * The body of an error. Over HTTP only `error` counts; as a message of a WebSocket it needs the rest as well
 * (codex 0.169 ignores an error without `status`).
 */
export function responsesError(error: H2mError): object {
  const status = STATUS[error.code] ?? 500;
  return {
    type: "error",
    status,
    error: {
      type: status < 500 ? "invalid_request_error" : "server_error",
      code: error.code,
      message: error.text,
      param: null,
    },
  };
}

/** The `error` of a response that failed under way: its code tells codex 0.169 whether another try may help. */
export function failureOf(error: H2mError): { code: string; message: string } {
  const lasting = error.code === "bad-request" || error.code === "unauthorized";
  return { code: lasting ? "invalid_prompt" : "server_error", message: error.text };
}
