import type { ServerResponse } from "node:http";
import type { H3Event } from "h3";
import type { WireEvent } from "../types/turn.ts";
import type { EventSink } from "./reply-events.ts";

const utf8 = new TextEncoder();

/** Events in the text form of server-sent events. */
export function toSse(events: readonly WireEvent[]): string {
  let text = "";
  for (const { event, data } of events) {
    if (event !== undefined) text += `event: ${event}\n`;
    text += `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
  }
  return text;
}

const HEAD = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache",
};

/** An open SSE response. */
interface Sse {
  /** Feeds it. */
  readonly sink: EventSink;
  /** Gives it to the other side. */
  response(): unknown;
}

/** An open SSE response to a request; `onHangUp`: the other side closed it, now or before. */
export function sseResponse(event: H3Event, onHangUp: () => void): Sse {
  const out = event.runtime?.node?.res;
  // Our server speaks HTTP/1.1 alone.
  return out ? nodeSse(out as ServerResponse, onHangUp) : webSse(onHangUp);
}

/** Written to Node's own response: web streams cost a turn more than all that h2m does for it. */
function nodeSse(out: ServerResponse, onHangUp: () => void): Sse {
  let open = true;
  let begun = false;
  /** What was written before it was known whether the request is refused. */
  let first = "";
  const closed = () => {
    if (open) onHangUp();
    open = false;
  };
  // Whoever is gone is told nothing more; what is written to it meanwhile ends no process.
  out.on("error", closed).once("close", closed);
  const sink: EventSink = {
    write: (events) => {
      if (!open) return;
      if (begun) out.write(toSse(events));
      else first += toSse(events);
    },
    end: () => {
      if (open && begun) out.end();
      open = false;
    },
  };
  const answer = () => {
    begun = true;
    out.writeHead(200, HEAD);
    out.write(first);
    if (!open) out.end();
  };
  return {
    sink,
    response: () => {
      if (out.destroyed) closed();
      else answer();
      // Never: whatever came of it would be written behind the last event, or be an error of a response that has ended.
      return new Promise<never>(() => {});
    },
  };
}

function webSse(onHangUp: () => void): Sse {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  // A stream that is closed throws at whoever writes to it: a heartbeat's timer, where nobody would catch it.
  let open = true;
  const body = new ReadableStream<Uint8Array>({
    start: (own) => {
      controller = own;
    },
    cancel: () => {
      open = false;
      onHangUp();
    },
  });
  const sink: EventSink = {
    write: (events) => {
      if (open && events.length > 0) controller.enqueue(utf8.encode(toSse(events)));
    },
    end: () => {
      if (open) controller.close();
      open = false;
    },
  };
  return { response: () => new Response(body, { headers: HEAD }), sink };
}
