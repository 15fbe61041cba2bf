import { createHmac, scrypt } from "node:crypto";
import type { Socket } from "node:net";
import { promisify } from "node:util";
import type { H3 } from "h3";
import { plainAddress, urlHost } from "./address.ts";

/** A client's random word, in a request of `/health`. */
export const CHALLENGE_HEADER = "h2m-challenge";
/** What only who knows the token can make of it: a `Proof` as `<connection>.<word>`. */
export const PROOF_HEADER = "h2m-proof";

/** The two ends of a connection: `ip:port`. What one side calls its own, the other one calls the other. */
export interface Ends {
  readonly server: string;
  readonly client: string;
}

export interface Proof {
  /** Of the challenge and of both ends of the connection that it came over: who passes it on has other ends. */
  readonly connection: string;
  /** Of the challenge alone. It only tells a relay from a stranger: whoever passes the challenge on is given it too. */
  readonly word: string;
}

/**
 * Shows a client that whoever listens at the other end of its connection knows the token, so that nobody else is told it. The
 * slow key makes guessing a token from an answer as dear as it can be.
 */
export type Prover = (challenge: string, ends: Ends) => Promise<Proof>;

export function proverOf(token: string): Prover {
  let key: Promise<unknown> | undefined;
  return async (challenge, { server, client }) => {
    key ??= promisify(scrypt)(token, "h2m proof", 32);
    const secret = (await key) as Buffer;
    const mac = (text: string) => createHmac("sha256", secret).update(text).digest("base64url");
    return {
      connection: mac(`connection ${server} ${client} ${challenge}`),
      word: mac(`word ${challenge}`),
    };
  };
}

/** The ends of a connection, as its client or as its server sees it. `undefined`: it is not open any more. */
export function endsOf(socket: Socket, side: "client" | "server"): Ends | undefined {
  const { localAddress, localPort, remoteAddress, remotePort } = socket;
  if (localAddress === undefined || remoteAddress === undefined) return undefined;
  const local = `${urlHost(plainAddress(localAddress))}:${localPort}`;
  const remote = `${urlHost(plainAddress(remoteAddress))}:${remotePort}`;
  return side === "server" ? { server: local, client: remote } : { server: remote, client: local };
}

/** Answers challenges at `/health`. */
export function addProof(app: H3, token: string): void {
  const prove = proverOf(token);
  app.use("/health", async (event, next) => {
    const challenge = event.req.headers.get(CHALLENGE_HEADER);
    // Without one, nobody came over a connection: a program asks its own server.
    const socket = event.runtime?.node?.req.socket;
    const ends = socket && endsOf(socket, "server");
    if (challenge !== null && /^[\w-]{16,64}$/.test(challenge) && ends) {
      const { connection, word } = await prove(challenge, ends);
      event.res.headers.set(PROOF_HEADER, `${connection}.${word}`);
    }
    return next();
  });
}
