import type { Server, ServerContext } from "@modelcontextprotocol/server";
import type { Session } from "../types/session.ts";

/** Answers a request as those that are being answered are. */
type Answered = <T>(context: ServerContext, act: () => Promise<T>) => Promise<T>;

/** What a session offers beside its tools, as a server tells it at the start. */
export function offersOf({ results, prompts, resources }: Session): object {
  return {
    ...(results || resources ? { resources: resources ? { listChanged: true } : {} } : {}),
    ...(prompts ? { prompts: { listChanged: true } } : {}),
  };
}

/** Serves the prompts, the resources, and the results that were too large for an answer. */
export function serveOffers(server: Server, session: Session, answered: Answered): void {
  const { results, prompts, resources } = session;
  if (prompts) {
    server.setRequestHandler("prompts/list", (_, context) =>
      answered(context, async () => ({ prompts: [...(await prompts.list())] })),
    );
    server.setRequestHandler("prompts/get", ({ params }, context) =>
      answered(context, () =>
        prompts.get(params.name, params.arguments ?? {}, context.mcpReq.signal),
      ),
    );
  }
  if (!results && !resources) return;
  server.setRequestHandler("resources/list", (_, context) =>
    answered(context, async () => ({
      resources: [...((await resources?.list()) ?? []), ...(results?.list() ?? [])],
    })),
  );
  server.setRequestHandler("resources/templates/list", (_, context) =>
    answered(context, async () => ({
      resourceTemplates: [...((await resources?.templates()) ?? [])],
    })),
  );
  server.setRequestHandler("resources/read", ({ params: { uri } }, context) =>
    answered(context, async () => {
      const isResult = results?.list().some((each) => each.uri === uri) || !resources;
      if (results && isResult) return { contents: [results.read(uri)] };
      return resources ? resources.read(uri, context.mcpReq.signal) : { contents: [] };
    }),
  );
}
