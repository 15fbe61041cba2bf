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

/** An open SSE response and the sink that feeds it. `onHangUp`: the other side closed it. */
export function sseResponse(onHangUp: () => void): { response: Response; sink: EventSink } {
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
  const headers = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
  };
  return { response: new Response(body, { headers }), sink };
}
