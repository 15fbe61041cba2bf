import { type H2mContext, type Recorder, type Session, visibleJson } from "../../src/plugin.ts";
import { told } from "./listing.ts";

/** Most bytes that wait for whoever watches a session: who takes nothing for so long is cut off, and may come again. */
const MOST = 256 * 1024;

const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

export interface EventsOptions {
  /** Makes of texts and arguments what may be told. */
  readonly recorder: Recorder;
  /** Milliseconds between signs of life. */
  readonly heartbeat: number;
}

const utf8 = new TextEncoder();

/** What happens to one session, to one who watches it. */
export class EventStream {
  readonly response: Response;
  readonly #stops: (() => void)[] = [];
  readonly #recorder: Recorder;
  readonly #onOver: () => void;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #over = false;

  /** `onOver`: nobody watches any more, or there is nothing to watch. */
  constructor(h2m: H2mContext, session: Session, options: EventsOptions, onOver: () => void) {
    this.#recorder = options.recorder;
    this.#onOver = onOver;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        cancel: () => this.#end(),
      },
      { highWaterMark: MOST, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    this.response = new Response(body, { headers: HEADERS });
    this.#tell("session", told(session));
    this.#watch(h2m, session);
    const alive = setInterval(() => this.#write(": keep-alive\n\n"), options.heartbeat).unref();
    this.#stops.push(() => clearInterval(alive));
  }

  /** Nothing more will be told. */
  close(): void {
    if (this.#over) return;
    this.#end();
    this.#controller.close();
  }

  #watch(h2m: H2mContext, session: Session): void {
    const { id } = session;
    const text = (given: string) => this.#recorder.text(given);
    const now = () => new Date().toISOString();
    const log = (level: string, message: string) =>
      this.#tell("log", { time: now(), level, message: text(message) });
    let { pid } = session.usage();
    this.#stops.push(
      h2m.on("call:start", (call) => {
        if (call.session.id === id) this.#tell("call:start", this.#recorder.started(call));
      }),
      h2m.on("call:end", (call) => {
        if (call.session.id === id) this.#tell("call:end", this.#recorder.ended(call));
      }),
      h2m.on("turn", ({ session: { id: its }, api, model, role }) => {
        pid = session.usage().pid ?? pid;
        if (its === id) this.#tell("turn", { time: now(), api, model: text(model), role });
      }),
      h2m.on("tools", ({ session: { id: its }, names }) => {
        if (its === id) this.#tell("tools", { time: now(), names: names.map(text) });
      }),
      h2m.on("warning", ({ session: its, message }) => {
        if (its?.id === id) log("warning", message);
      }),
      h2m.on("host:exit", ({ harness, pid: its, code, signal, expected, tail }) => {
        if (its !== pid) return;
        const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
        const end = tail === "" ? "" : ` The end of its output: ${tail}`;
        const what = `The process ${its} of ${harness} ended ${how}.${expected ? "" : end}`;
        log(expected ? "info" : "warning", what);
      }),
      session.on("notice", (message, level) =>
        this.#tell("notice", { time: now(), level, message: text(message) }),
      ),
      session.on("close", (reason) => {
        // The calls that end with it are told of first.
        setImmediate(() => {
          this.#tell("close", { time: now(), reason: text(reason) });
          this.close();
        });
      }),
    );
  }

  #tell(event: string, data: object): void {
    this.#write(`event: ${event}\ndata: ${visibleJson(data)}\n\n`);
  }

  #write(text: string): void {
    if (this.#over) return;
    if ((this.#controller.desiredSize ?? 0) > 0) return this.#controller.enqueue(utf8.encode(text));
    this.#end();
    // It ends the connection: whoever reads again sees that something is missing.
    this.#controller.error(new Error("Whoever watches this session takes nothing."));
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    for (const stop of this.#stops.splice(0)) stop();
    this.#onOver();
  }
}
