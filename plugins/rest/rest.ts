import { assertBodySize, type H3Event } from "h3";
import {
  type CallToolResult,
  H2mError,
  type H2mContext,
  objectOf,
  type Refusal,
  type Session,
  SESSION_HEADER,
  textOf,
  wellFormed,
} from "../../src/plugin.ts";
import { type Form, formOf, imageOf, takesJson } from "./accept.ts";
import { Asking, Codes } from "./confirm.ts";
import { Events } from "./events.ts";
import { documentOf } from "./openapi.ts";
import { answerOf, bodyOf, type Problem, problemOf } from "./problem.ts";

/** Largest request body, in bytes: as that of MCP. */
const MAX_BODY = 16 * 1024 * 1024;
const CONFIRM_HEADER = "h2m-confirm";
/** All clients of one harness that name no session share this one. */
const SHARED = "default";

export interface RestOptions {
  /** Milliseconds between signs of life on a stream. */
  readonly heartbeat: number;
}

interface Call {
  readonly session: Session;
  readonly name: string;
  readonly body: string;
  readonly args: Record<string, unknown>;
  readonly headers: Headers;
  /** The client has gone. */
  readonly signal: AbortSignal;
}

type Outcome = { readonly result: CallToolResult } | { readonly problem: Problem };

/** The tools over plain HTTP; what they may do is decided where it is for MCP. */
export class Rest {
  readonly #h2m: H2mContext;
  readonly #options: RestOptions;
  readonly #codes = new Codes();

  constructor(h2m: H2mContext, options: RestOptions) {
    this.#h2m = h2m;
    this.#options = options;
  }

  /** `GET /tools`, `GET /tools/<harness>`. */
  list(event: H3Event): Promise<Response> {
    return told(async () => {
      if (!takesJson(event.req.headers)) return notAcceptable("application/json");
      const tools = await this.#session(event, partOf(event, "harness")).tools();
      return Response.json(wellFormed({ tools }));
    });
  }

  /** `GET /openapi.json`, with `?harness=` that of one of several. */
  document(event: H3Event): Promise<Response> {
    return told(async () => {
      const harness = event.url.searchParams.get("harness") ?? undefined;
      const session = this.#session(event, harness);
      const tools = await session.tools();
      const { version } = this.#h2m;
      return Response.json(wellFormed(documentOf(tools, { harness, version })));
    });
  }

  /** `POST /tools/<name>`, `POST /tools/<harness>/<name>`. */
  call(event: H3Event): Promise<Response> {
    return told(async () => {
      const { headers } = event.req;
      const form = formOf(headers);
      if (form === undefined)
        return notAcceptable("application/json, text/event-stream or image/*");
      const body = await textOfBody(event);
      const session = this.#session(event, partOf(event, "harness"));
      const name = partOf(event, "name") ?? "";
      const control = new AbortController();
      event.req.signal.addEventListener("abort", () => control.abort(), { once: true });
      if (event.req.signal.aborted) control.abort();
      const call = {
        session,
        name,
        body,
        args: argumentsOf(body),
        headers,
        signal: control.signal,
      };
      if (form === "events") return this.#stream(call, control);
      return answerFor(await this.#run(call), form, headers);
    });
  }

  async #run(call: Call, onProgress?: (text: string) => void): Promise<Outcome> {
    const { session, name, body, args, headers, signal } = call;
    const asking = new Asking(this.#codes, headers.get(CONFIRM_HEADER));
    let refusal: Refusal | undefined;
    try {
      const result = await session.call(name, args, {
        signal,
        onProgress,
        onRefused: (given) => (refusal = given),
        confirm: async (question) => asking.answer({ session: session.id, body, question }),
      });
      const problem =
        refusal && result.isError ? this.#refused(refusal, result, asking) : undefined;
      return problem ? { problem } : { result };
    } catch (error) {
      return { problem: problemOf(error) };
    }
  }

  /** A stream begins with the first event or sign of life; what is known before has a status of its own. */
  #stream(call: Call, control: AbortController): Promise<Response> {
    return new Promise((resolve) => {
      let events: Events | undefined;
      const begun = () => {
        clearTimeout(timer);
        if (!events) {
          events = new Events(this.#options.heartbeat, () => control.abort());
          resolve(events.response);
        }
        return events;
      };
      const timer = setTimeout(begun, this.#options.heartbeat);
      const running = this.#run(call, (text) => begun().progress(text));
      void running.then((outcome) => {
        clearTimeout(timer);
        if ("problem" in outcome) {
          if (!events) return resolve(answerOf(outcome.problem));
          return events.close("error", {
            ...bodyOf(outcome.problem),
            status: outcome.problem.status,
          });
        }
        const { result } = outcome;
        return begun().close(
          result.isError ? "error" : "result",
          result.isError ? failedOf(result) : result,
        );
      });
    });
  }

  #refused(refusal: Refusal, result: CallToolResult, { open }: Asking): Problem | undefined {
    const message = textOf(result);
    switch (refusal.kind) {
      case "arguments":
        return { status: 422, code: "bad-arguments", message, issues: refusal.issues };
      case "limit":
        return { status: 429, code: "too-many-calls", message, retryAfter: refusal.retryAfter };
      case "forbidden":
        return { status: 403, code: "forbidden", message };
      case "confirm":
        if (!open) return { status: 403, code: "declined", message };
        return {
          status: 409,
          code: "confirm",
          message: `${open.question.text}\n\nNothing has run. Whoever says yes sends the same request again with the header \`${CONFIRM_HEADER}: <confirm>\`.`,
          confirm: this.#codes.of(open),
        };
    }
  }

  /** The session that the header names, or the one that all share; of a harness, of what attached under a name, or of all. */
  #session({ req }: H3Event, first: string | undefined): Session {
    const { sessions } = this.#h2m;
    const said = req.headers.get(SESSION_HEADER) ?? undefined;
    if (first === undefined) return sessions.open({ name: said ?? SHARED });
    if (sessions.harnesses.includes(first))
      return sessions.open({ harness: first, name: said ?? SHARED });
    return sessions.open({ attached: first, name: said });
  }
}

async function told(act: () => Promise<Response>): Promise<Response> {
  try {
    return await act();
  } catch (error) {
    return answerOf(problemOf(error));
  }
}

function answerFor(outcome: Outcome, form: Form, headers: Headers): Response {
  if ("problem" in outcome) return answerOf(outcome.problem);
  const { result } = outcome;
  const image = form === "image" ? imageOf(result, headers) : undefined;
  if (!image) return Response.json(wellFormed(result));
  return new Response(image.bytes, {
    headers: {
      "content-type": image.type,
      // Whatever it is: it runs nothing, and is nothing else.
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    },
  });
}

/** A failure of the tool itself. */
function failedOf(result: CallToolResult): object {
  return { error: { code: "tool-failed", message: textOf(result) }, result };
}

async function textOfBody(event: H3Event): Promise<string> {
  const length = event.req.headers.get("content-length");
  if (length === null || !(Number(length) <= MAX_BODY)) assertBodySize(event, MAX_BODY);
  return event.req.text();
}

/** @throws H2mError `bad-request` */
function argumentsOf(body: string): Record<string, unknown> {
  if (body.trim() === "") return {};
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch (error) {
    throw new H2mError("bad-request", `The body is no JSON: ${(error as Error).message}.`);
  }
  const args = objectOf(found);
  if (args) return args as Record<string, unknown>;
  throw new H2mError(
    "bad-request",
    "The body must be a JSON object: the tool's arguments by name.",
  );
}

/** A part of the path, as it was meant. @throws H2mError `bad-request` */
function partOf({ context }: H3Event, name: string): string | undefined {
  const part = context.params?.[name];
  if (part === undefined) return undefined;
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new H2mError("bad-request", "The path has a percent sign that means nothing.", { cause });
  }
}

function notAcceptable(types: string): Response {
  const message = `What \`Accept\` asks for is not given here: ask for ${types}.`;
  return answerOf({ status: 406, code: "not-acceptable", message });
}
