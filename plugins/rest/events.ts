import { visibleJson } from "../../src/plugin.ts";

/** Most bytes of progress that wait for a slow reader: more of it is left out. The result never is. */
const MOST = 1024 * 1024;
const HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};
const utf8 = new TextEncoder();

/** The events of one call. */
export class Events {
  readonly response: Response;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  readonly #alive: NodeJS.Timeout;
  #over = false;

  /** `heartbeat`: milliseconds between signs of life. `onGone`: nobody reads any more. */
  constructor(heartbeat: number, onGone: () => void) {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        cancel: () => {
          this.#end();
          onGone();
        },
      },
      { highWaterMark: MOST, size: (chunk) => chunk?.byteLength ?? 0 },
    );
    this.response = new Response(body, { headers: HEADERS });
    this.#alive = setInterval(() => this.#write(": keep-alive\n\n", true), heartbeat).unref();
  }

  progress(text: string): void {
    this.#write(eventOf("progress", { text }), true);
  }

  /** The last one of the call, with `done` behind it. */
  close(event: "result" | "error", data: object): void {
    this.#write(eventOf(event, data), false);
    this.#write(eventOf("done", {}), false);
    if (this.#over) return;
    this.#end();
    this.#controller.close();
  }

  #write(text: string, optional: boolean): void {
    if (this.#over || (optional && (this.#controller.desiredSize ?? 0) <= 0)) return;
    this.#controller.enqueue(utf8.encode(text));
  }

  #end(): void {
    this.#over = true;
    clearInterval(this.#alive);
  }
}

function eventOf(event: string, data: object): string {
  return `event: ${event}\ndata: ${visibleJson(data)}\n\n`;
}
