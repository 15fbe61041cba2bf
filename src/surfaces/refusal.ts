import type { H2mError } from "../errors.ts";
import type { Session } from "../types/session.ts";

/** Answers every client with one error: what it is told where nothing may be served. Nothing stands behind it. */
export function refusal(error: H2mError): Session {
  const refuse = () => Promise.reject(error);
  return {
    id: "none",
    info: () => ({ id: "none", harness: "none", attached: false }),
    usage: () => ({ opened: 0, lastUsed: 0, calls: 0, running: 0 }),
    instructions: () => Promise.resolve(error.text),
    tools: refuse,
    tool: refuse,
    call: refuse,
    on: () => () => {},
    join: () => () => {},
    away: () => () => {},
    close: () => Promise.resolve(),
  };
}
