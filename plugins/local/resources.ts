import { readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { H2mError, type ReadResourceResult, type Resource } from "../../src/plugin.ts";

/** No answer is larger, in bytes. */
const LARGEST = 16 * 1024 * 1024;
const TYPES: Readonly<Record<string, string>> = {
  ".md": "text/markdown",
  ".txt": "text/plain",
  ".json": "application/json",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
  ".html": "text/html",
  ".css": "text/css",
  ".csv": "text/csv",
  ".ts": "text/plain",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".pdf": "application/pdf",
};

/** Files that clients can read, by URI. Each is read when it is asked for. */
export class ResourceFiles {
  readonly #files: ReadonlyMap<string, string>;

  constructor(files: Readonly<Record<string, string>>) {
    this.#files = new Map(Object.entries(files));
  }

  list(): readonly Resource[] {
    return [...this.#files].map(([uri, path]) => {
      const mimeType = TYPES[extname(path).toLowerCase()];
      return { uri, name: basename(path), ...(mimeType === undefined ? {} : { mimeType }) };
    });
  }

  /** @throws H2mError `unknown-resource` for a file that cannot be read now */
  async read(uri: string): Promise<ReadResourceResult | undefined> {
    const path = this.#files.get(uri);
    if (path === undefined) return undefined;
    try {
      const { size } = await stat(path);
      if (size > LARGEST)
        throw new H2mError(
          "too-large",
          `The resource \`${uri}\` has ${size} bytes; at most ${LARGEST} are given.`,
        );
      const bytes = await readFile(path);
      const mimeType = TYPES[extname(path).toLowerCase()];
      const about = { uri, ...(mimeType === undefined ? {} : { mimeType }) };
      const text = textIn(bytes);
      return {
        contents: [
          text === undefined ? { ...about, blob: bytes.toString("base64") } : { ...about, text },
        ],
      };
    } catch (cause) {
      if (cause instanceof H2mError) throw cause;
      throw new H2mError(
        "unknown-resource",
        `The resource \`${uri}\` cannot be read now: ${(cause as Error).message}`,
        { cause },
      );
    }
  }
}

/** `undefined`: it is no text. */
function textIn(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
