import { request } from "node:http";
import type { H2m } from "../../src/index.ts";

export interface RawResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

export interface RawRequest {
  /** @default "GET" */
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A request with the headers and the path just as they are given: `fetch` would set `Host` and tidy the path. */
export function raw(h2m: H2m, path: string, options: RawRequest = {}): Promise<RawResponse> {
  const { hostname: name, port } = new URL(h2m.mcpUrl);
  const hostname = name.replaceAll(/[[\]]/g, "");
  const { method = "GET", headers = {}, body } = options;
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
      // A held stream has no end: what counts is how it was answered.
      if (/event-stream/.test(response.headers["content-type"] ?? "")) {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        response.destroy();
      }
    });
    // A server that upgraded: 101.
    sent.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: "" });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Headers of a WebSocket upgrade. */
export const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
