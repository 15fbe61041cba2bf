import { H2mError } from "../../errors.ts";

/** What a session in a URL may be called. */
export const SESSION_NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/** @throws H2mError `bad-request` */
export function mustBeName(name: string): void {
  if (SESSION_NAME.test(name)) return;
  throw new H2mError("bad-request", `\`${name.slice(0, 64)}\` cannot be the name of a session.`, {
    hint: "Use 1 to 32 of a-z, 0-9, _ and -, beginning with a letter or digit.",
  });
}
