import Negotiator from "negotiator";
import type { CallToolResult } from "../../src/plugin.ts";

export type Form = "json" | "events" | "image";

const JSON_TYPE = "application/json";
const EVENTS = "text/event-stream";
/** Images that a browser shows and never runs: not SVG, which may hold scripts. */
const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/** What a client wants an answer as; `undefined`: nothing that there is. Who takes everything gets JSON. */
export function formOf(headers: Headers): Form | undefined {
  const found = negotiatorOf(headers).mediaType([JSON_TYPE, EVENTS, ...IMAGES]);
  if (found === undefined) return undefined;
  return found === JSON_TYPE ? "json" : found === EVENTS ? "events" : "image";
}

/** Whether a client takes JSON. */
export function takesJson(headers: Headers): boolean {
  return negotiatorOf(headers).mediaType([JSON_TYPE]) !== undefined;
}

/** The image of a result that a client wants most. */
export function imageOf(
  { content }: CallToolResult,
  headers: Headers,
): { type: string; bytes: Uint8Array<ArrayBuffer> } | undefined {
  const images = content.filter((block) => block.type === "image");
  const known = images.filter(({ mimeType }) => IMAGES.includes(mimeType));
  const type = negotiatorOf(headers).mediaType(known.map(({ mimeType }) => mimeType));
  const image = known.find(({ mimeType }) => mimeType === type);
  return (
    image && { type: image.mimeType, bytes: new Uint8Array(Buffer.from(image.data, "base64")) }
  );
}

function negotiatorOf(headers: Headers): Negotiator {
  const accept = headers.get("accept");
  return new Negotiator({ headers: accept === null || accept.trim() === "" ? {} : { accept } });
}
