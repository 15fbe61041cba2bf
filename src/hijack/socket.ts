import type { Hooks, Peer } from "crossws";
import { H2mError } from "../errors.ts";
import type { ApiAdapter, PathParams } from "../types/api.ts";
import type { WireEvent } from "../types/turn.ts";
import type { Admission } from "./admit.ts";
import { handOver, StreamedReply } from "./reply-events.ts";
import { readJson } from "./read-json.ts";

/** WebSocket on an API's route: each message is a request, each event of its reply a message. */
export function socketHooks(
  admission: Admission,
  adapter: ApiAdapter,
  request: Request,
  params: PathParams,
): Partial<Hooks> {
  const { headers } = request;
  const caller = admission.caller(headers, adapter.keyHeader);
  const replies = new Set<StreamedReply>();

  const answer = (peer: Peer, text: string) => {
    const body = adapter.unwrap?.(readJson(text, "message"));
    if (body === undefined) return;
    const { turn, serve } = admission.admit(caller, adapter, { headers, params, body });
    const sink = {
      write: (events: readonly WireEvent[]) => {
        for (const { data } of events)
          peer.send(typeof data === "string" ? data : JSON.stringify(data));
      },
      end: () => void replies.delete(reply),
    };
    const reply = new StreamedReply(adapter.encoder(turn), sink, admission.replies);
    replies.add(reply);
    try {
      handOver(serve, reply);
    } catch (error) {
      replies.delete(reply);
      throw error;
    }
  };

  /** An adapter that cannot say it leaves the harness nothing to wait for. */
  const refuse = (peer: Peer, error: unknown) => {
    try {
      peer.send(JSON.stringify(adapter.error(H2mError.from(error))));
    } catch (fault) {
      admission.replies.report(fault);
      peer.close(1011, "internal error");
    }
  };

  return {
    message: (peer, message) => {
      try {
        answer(peer, message.text());
      } catch (error) {
        refuse(peer, error);
      }
    },
    close: () => {
      for (const reply of replies) reply.hungUp();
      replies.clear();
    },
  };
}
