import type { ReplyStream } from "../core/host/reply-stream.ts";
import type { KeyHolder } from "../core/host/host.ts";
import { answerAtOnce } from "../core/channel/root-rule.ts";
import type { Occupant } from "../core/host/seats.ts";
import type { Hosts } from "../core/host/hosts.ts";
import { sameSecret } from "../kit/secrets.ts";
import { isHostKey } from "../core/host/keys.ts";
import type { Registry } from "../core/plugins/registry.ts";
import type { Sessions } from "../core/session/sessions.ts";
import { H2mError } from "../errors.ts";
import { isTooDeep } from "../kit/depth.ts";
import type { ApiAdapter, PathParams } from "../types/api.ts";
import type { HarnessLauncher, Recognized } from "../types/harness.ts";
import type { Turn } from "../types/turn.ts";
import type { ReplyOptions } from "./reply-events.ts";

export interface AdmissionOptions {
  readonly hosts: Hosts;
  readonly sessions: Sessions;
  readonly registry: Registry;
  /** `undefined`: any key that is no host key attaches (`--no-auth`). */
  readonly attachKey: string | undefined;
  readonly replies: ReplyOptions;
}

/** Who is behind a request of the hijack API. */
export type Caller =
  | { readonly kind: "host"; readonly holder: KeyHolder }
  | { readonly kind: "attached"; readonly name: string | undefined };

/** A turn that may be answered. */
export interface Admitted {
  readonly turn: Turn;
  /** Hands the turn to its session, which answers it now or later. */
  serve(reply: ReplyStream): void;
}

/** The door of the hijack API: whose key it is, whose turn it is. */
export class Admission {
  readonly replies: ReplyOptions;
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.replies = options.replies;
  }

  /** `keyHeader`: the API's own. @throws H2mError `unauthorized` */
  caller(headers: Headers, keyHeader?: string): Caller {
    const key = keyOf(headers, keyHeader);
    const { hosts, attachKey } = this.#options;
    if (key !== undefined && isHostKey(key)) {
      const holder = hosts.keys.find(key);
      if (holder?.host) return { kind: "host", holder };
      throw unauthorized("The key is not, or no longer, that of a running harness.");
    }
    if (attachKey === undefined) {
      const dot = key?.indexOf(".") ?? -1;
      return { kind: "attached", name: dot === -1 ? undefined : key?.slice(dot + 1) };
    }
    if (key === undefined) throw unauthorized("The request has no API key.");
    if (sameSecret(key, attachKey)) return { kind: "attached", name: undefined };
    const stem = `${attachKey}.`;
    if (sameSecret(key.slice(0, stem.length), stem))
      return { kind: "attached", name: key.slice(stem.length) };
    throw unauthorized("The API key does not open this server.");
  }

  /** @throws H2mError `bad-request` if the body is no request of this API, or the caller's name cannot be used */
  admit(
    caller: Caller,
    adapter: ApiAdapter,
    { headers, params, body }: { headers: Headers; params: PathParams; body: unknown },
  ): Admitted {
    if (isTooDeep(body)) throw new H2mError("bad-request", "The body is nested too deeply.");
    const parsed = adapter.parse(body, params);
    const { launcher, said } = this.#recognize(caller, headers);
    const turn = launcher?.refine?.(parsed) ?? parsed;
    const session = this.#sessionOf(caller, said);
    // Such as one of a seat that has just been closed: it must not become another's.
    if (!session) return { turn, serve: (reply) => answerAtOnce(turn, reply) };
    return { turn, serve: (reply) => session.admit(turn, launcher, said, reply) };
  }

  #recognize(
    caller: Caller,
    headers: Headers,
  ): { launcher: HarnessLauncher | undefined; said: Recognized | undefined } {
    if (caller.kind === "attached")
      return this.#options.registry.recognize(headers) ?? { launcher: undefined, said: undefined };
    const { launcher } = caller.holder.host;
    return { launcher, said: launcher.recognize?.(headers) };
  }

  /** `undefined`: no seat's. @throws H2mError `unauthorized` of a host that is being ended */
  #sessionOf(caller: Caller, said: Recognized | undefined): Occupant | undefined {
    if (caller.kind === "attached") return this.#options.sessions.attach(caller.name).channel;
    const { host, seatId } = caller.holder;
    const session = host.occupantOf(seatId, said);
    if (session || (!host.closing && seatId === undefined)) return session;
    throw unauthorized("No session belongs to this request.");
  }
}

/** The key, wherever one of the APIs carries it; `keyHeader` is the place that an API has to itself. */
export function keyOf(headers: Headers, keyHeader?: string): string | undefined {
  const bearer = /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  const own = keyHeader === undefined ? undefined : headers.get(keyHeader);
  return own ?? bearer ?? headers.get("x-api-key") ?? headers.get("api-key") ?? undefined;
}

function unauthorized(message: string): H2mError {
  return new H2mError("unauthorized", message, {
    hint: "Harnesses that h2m starts have a key of their own; one that you start needs the attach key.",
  });
}
