const EVENTS = "text/event-stream";

interface Range {
  /** In small letters, such as `text/*`. */
  readonly name: string;
  /** From 0 (never) to 1. */
  readonly quality: number;
}

/**
 * Whether an `Accept` header takes a media type (RFC 9110, 12.5.1): the closest of its ranges decides, and a quality of 0 refuses.
 * No header takes everything, and neither an empty one nor one without any range says more.
 */
export function accepts(header: string | null, type: string): boolean {
  const ranges = rangesOf(header ?? "");
  if (ranges.length === 0) return true;
  const [kind] = type.split("/");
  for (const name of [type, `${kind}/*`, "*/*"]) {
    const found = ranges.filter((range) => range.name === name);
    if (found.length > 0) return found.some(({ quality }) => quality > 0);
  }
  return false;
}

function rangesOf(header: string): Range[] {
  return partsOf(header, ",").flatMap((part) => {
    const [word = "", ...parameters] = partsOf(part, ";").map((each) => each.toLowerCase());
    if (word === "") return [];
    // Java's own client has sent `*` for `*/*` since ever.
    return [{ name: word === "*" ? "*/*" : word, quality: qualityOf(parameters) }];
  });
}

/** Of a range that states none, or none that is a number, it is 1. */
function qualityOf(parameters: readonly string[]): number {
  const stated = parameters.map((each) => /^q\s*=\s*(.*)$/.exec(each)?.[1]).find(Boolean);
  const quality = Number(stated ?? 1);
  return Number.isNaN(quality) ? 1 : quality;
}

/** The parts between separators that do not stand in a quoted text. */
function partsOf(text: string, separator: "," | ";"): string[] {
  const pattern =
    separator === "," ? /(?:"(?:[^"\\]|\\.)*"|[^,])+/g : /(?:"(?:[^"\\]|\\.)*"|[^;])+/g;
  return (text.match(pattern) ?? []).map((part) => part.trim());
}

/** Whoever accepts all that MCP may answer, in whatever words, or says nothing of it (curl): the SDK (2.4) looks for the words. */
export function withAccept(request: Request): Request {
  const types = request.method === "GET" ? [EVENTS] : ["application/json", EVENTS];
  const accept = request.headers.get("accept");
  if (accept !== null && types.every((type) => accept.includes(type))) return request;
  if (!types.every((type) => accepts(accept, type))) return request;
  const headers = new Headers(request.headers);
  headers.set("accept", types.join(", "));
  // The body is read by now, and a consumed one cannot be handed on.
  return new Request(request.url, { method: request.method, headers, signal: request.signal });
}
