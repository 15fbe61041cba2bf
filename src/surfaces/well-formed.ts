import type { Server, Transport } from "@modelcontextprotocol/server";
import { wellFormed } from "../kit/well-formed.ts";

/**
 * The same server, whose every message is well-formed: results, lists, errors, progress, log messages and questions alike. A
 * client that is written in Rust (codex 0.171) drops a message with half a character in it, and waits for the answer that was in
 * it until its own time-out.
 */
export function sendingWellFormed(server: Server): Server {
  const connect = server.connect.bind(server);
  server.connect = (transport) => connect(wellFormedTransport(transport));
  return server;
}

/** The same transport for what the SDK answers itself, without a server. */
export function wellFormedTransport<T extends Transport>(transport: T): T {
  const send = transport.send.bind(transport);
  transport.send = async (message, options) => send(wellFormed(message), options);
  return transport;
}
