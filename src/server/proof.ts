import { createHmac, scrypt } from "node:crypto";
import { promisify } from "node:util";
import type { H3 } from "h3";

/** A client's random word, in a request of `/health`. */
export const CHALLENGE_HEADER = "h2m-challenge";
/** What only who knows the token can make of it. */
export const PROOF_HEADER = "h2m-proof";

/**
 * Shows a client that whoever listens at a port knows the token, so that nobody else is told it. The port is in it: an answer for
 * one port proves nothing at another. The slow key makes guessing a token from an answer as dear as it can be.
 */
export type Prover = (challenge: string, port: number) => Promise<string>;

export function proverOf(token: string): Prover {
  let key: Promise<unknown> | undefined;
  return async (challenge, port) => {
    key ??= promisify(scrypt)(token, "h2m proof", 32);
    const mac = createHmac("sha256", (await key) as Buffer);
    return mac.update(`${port} ${challenge}`).digest("base64url");
  };
}

/** Answers challenges at `/health`. */
export function addProof(app: H3, token: string, port: () => number): void {
  const prove = proverOf(token);
  app.use("/health", async (event, next) => {
    const challenge = event.req.headers.get(CHALLENGE_HEADER);
    if (challenge !== null && /^[\w-]{16,64}$/.test(challenge))
      event.res.headers.set(PROOF_HEADER, await prove(challenge, port()));
    return next();
  });
}
