import { H2mError } from "../../errors.ts";
import { bytesOf } from "../../kit/content.ts";
import { withoutMiddleBytes } from "../../kit/cut.ts";
import type {
  BlobResourceContents,
  CallToolResult,
  ContentBlock,
  Resource,
  TextResourceContents,
  ResourceLink,
} from "../../types/mcp.ts";
import type { Results as ResultsContract } from "../../types/session.ts";
import { randomSecret } from "../../kit/secrets.ts";
import { shares } from "./shares.ts";

/** Most that is kept for one session, in bytes. */
const ROOM = 32 * 1024 * 1024;

type Contents = TextResourceContents | BlobResourceContents;

interface Kept {
  readonly resource: Resource;
  readonly contents: Contents;
  readonly bytes: number;
}

/** The results of one session that were too large for an answer: what is left of them there, and the whole of them here. */
export class Results implements ResultsContract {
  #limit: number;
  readonly #onRead: () => void;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>();
  readonly #root = `h2m://result/${randomSecret()}/`;
  #count = 0;
  #bytes = 0;

  /** `limit`: bytes of one answer. */
  constructor(limit: number, onRead: () => void) {
    this.#limit = limit;
    this.#onRead = onRead;
  }

  /** Takes over a limit that allows less. */
  narrow(limit = Number.POSITIVE_INFINITY): void {
    this.#limit = Math.min(this.#limit, limit);
  }

  list(): readonly Resource[] {
    return [...this.#kept.values()].map(({ resource }) => resource);
  }

  read(uri: string): Contents {
    this.#onRead();
    const kept = this.#kept.get(uri);
    if (kept) return kept.contents;
    const number = uri.startsWith(this.#root) ? Number(uri.slice(this.#root.length)) : Number.NaN;
    if (number >= 1 && number <= this.#count) {
      throw new H2mError("unknown-resource", `\`${uri}\` is not kept any more.`, {
        hint: `Newer results needed its room: ${ROOM / 1024 / 1024} MiB are kept for a session. Call the tool again, for less.`,
      });
    }
    throw new H2mError("unknown-resource", `There is no result \`${uri}\` in this session.`, {
      hint: "A result is kept for the clients of its own session, while that lives.",
    });
  }

  /** The answer to a client: the result itself if it is small enough. */
  bounded(result: CallToolResult, tool: string): CallToolResult {
    const sizes = result.content.map(bytesOf);
    if (sum(sizes) <= this.#limit) return result;
    const texts = sizes.filter((_, place) => result.content[place]?.type === "text");
    // Pictures and the like cannot be cut: they stay while they leave half of the answer to the texts.
    let room = this.#limit - Math.min(sum(texts), this.#limit / 2);
    const others = result.content.map((block, place) => {
      const size = sizes[place] ?? 0;
      if (block.type === "text" || size === 0) return block;
      if (size > room) return this.#linked(block, tool, size);
      room -= size;
      return block;
    });
    const taken = sum(others.map((block) => (block.type === "text" ? 0 : bytesOf(block))));
    const share = shares(texts, this.#limit - taken);
    const content = others.flatMap((block) =>
      block.type === "text" ? this.#shortened(block, tool, share) : [block],
    );
    return { ...result, content };
  }

  #shortened(block: ContentBlock & { type: "text" }, tool: string, share: number): ContentBlock[] {
    const bytes = bytesOf(block);
    if (bytes <= share) return [block];
    const mimeType = "text/plain";
    const link = this.#keep(tool, bytes, mimeType, (uri) => ({ uri, mimeType, text: block.text }));
    const where = link ? `the whole is the resource ${link.uri}` : TOO_LARGE;
    const text = withoutMiddleBytes(
      block.text,
      share,
      (left) => `\n[… ${left} of ${bytes} bytes are left out here; ${where} …]\n`,
    );
    return [{ ...block, text }, ...(link ? [link] : [])];
  }

  #linked(block: ContentBlock, tool: string, bytes: number): ContentBlock {
    const link = this.#keepOther(block, tool, bytes);
    if (link) return link;
    return { type: "text", text: `[${block.type} of ${bytes} bytes: ${TOO_LARGE}]` };
  }

  #keepOther(block: ContentBlock, tool: string, bytes: number): ResourceLink | undefined {
    switch (block.type) {
      case "image":
      case "audio": {
        const { mimeType, data: blob } = block;
        return this.#keep(tool, bytes, mimeType, (uri) => ({ uri, mimeType, blob }));
      }
      case "resource": {
        const { resource } = block;
        return this.#keep(tool, bytes, resource.mimeType, (uri) => ({ ...resource, uri }));
      }
      default:
        return undefined;
    }
  }

  #keep(
    tool: string,
    bytes: number,
    mimeType: string | undefined,
    contentsAt: (uri: string) => Contents,
  ): ResourceLink | undefined {
    if (bytes > ROOM) return undefined;
    const number = ++this.#count;
    const uri = `${this.#root}${number}`;
    const resource: Resource = {
      uri,
      name: `${tool} ${number}`,
      description: `A result of \`${tool}\`, ${bytes} bytes, kept while its session lives.`,
      size: bytes,
      ...(mimeType === undefined ? {} : { mimeType }),
    };
    this.#kept.set(uri, { resource, contents: contentsAt(uri), bytes });
    this.#bytes += bytes;
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= ROOM) break;
      this.#kept.delete(oldest);
      this.#bytes -= kept.bytes;
    }
    return { type: "resource_link", ...resource };
  }
}

const TOO_LARGE = `the whole is too large to be kept (${ROOM / 1024 / 1024} MiB)`;

function sum(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all + size, 0);
}
