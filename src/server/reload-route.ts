import { realpathSync } from "node:fs";
import { assertBodySize, type H3 } from "h3";
import { H2mError } from "../errors.ts";
import { parseObject, stringOf } from "../kit/json.ts";
import type { Reload } from "../types/config.ts";

/** Behind the guard, as every route: the token opens it. */
export const RELOAD_PATH = "/reload";

/** Most bytes of a request. */
const MOST = 16_384;

/** What the route answers: 200 with what became of the config, else why nothing has. */
export type ReloadAnswer =
  | ({ readonly file: string } & Reload)
  | { readonly error: string; readonly hint?: string; readonly code: string };

/**
 * `POST /reload`: the config file is read anew. A body `{ "file": "/a/h2m.config.ts" }` says which one is meant.
 * 409: another one, or none; 422: it cannot be used, and the old config stays.
 */
export function addReloadRoute(
  app: H3,
  reloads: { readonly file: string | undefined; reload(): Promise<Reload> },
): void {
  app.post(RELOAD_PATH, async (event) => {
    await assertBodySize(event, MOST);
    const text = (await event.req.text()).trim();
    const body = text === "" ? {} : parseObject(text);
    if (!body) return refused(new H2mError("bad-request", "The body is no JSON object."), 400);
    const meant = stringOf(body["file"]);
    const { file } = reloads;
    if (meant !== undefined && file !== undefined && real(meant) !== real(file))
      return refused(otherFile(file, meant), 409);
    try {
      const outcome = await reloads.reload();
      return Response.json({ file: file ?? "", ...outcome } satisfies ReloadAnswer);
    } catch (error) {
      return refused(H2mError.from(error), file === undefined ? 409 : 422);
    }
  });
}

function otherFile(own: string, meant: string): H2mError {
  const message = `This h2m was started with \`${own}\`, not with \`${meant}\`.`;
  const hint = "Name the right file with `--config`, or the right server with `--port`.";
  return new H2mError("bad-usage", message, { hint });
}

function refused({ message, hint, code }: H2mError, status: number): Response {
  const answer: ReloadAnswer = { error: message, code, ...(hint === undefined ? {} : { hint }) };
  return Response.json(answer, { status });
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // It is gone, and so named as it was.
    return path;
  }
}
