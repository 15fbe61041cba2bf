import { H2mError } from "../../errors.ts";
import type { H2mContext, Plugin } from "../../types/plugin.ts";
import type { Teardown } from "../../types/session.ts";
import { owned } from "./owners.ts";
import { isolated } from "./isolated.ts";
import { sessionsFor } from "./plugin-sessions.ts";

/**
 * Sets plugins up, one after another; gives what takes it all back, the last first. A teardown that throws hinders no other.
 * @throws H2mError `bad-config`, naming the plugin that could not be set up, after the others were taken back
 */
export async function setUpAll(
  plugins: readonly Plugin[],
  context: H2mContext,
  report: (error: H2mError) => void,
): Promise<Teardown> {
  const teardowns: { plugin: string; teardown: () => unknown }[] = [];
  const tearDown = () => {
    for (const { plugin, teardown } of teardowns.splice(0).toReversed()) {
      isolated(teardown, (error) => report(failed(plugin, "taken down", error)));
    }
  };
  for (const plugin of plugins) {
    try {
      const teardown = await plugin.setup?.(contextOf(plugin.name, context));
      if (teardown) teardowns.push({ plugin: plugin.name, teardown });
    } catch (error) {
      tearDown();
      throw failed(plugin.name, "set up", error);
    }
  }
  return tearDown;
}

/** What a plugin's listeners throw is told with its name. */
function contextOf(plugin: string, context: H2mContext): H2mContext {
  return {
    ...context,
    sessions: sessionsFor(plugin, context.sessions),
    on: (event, listener) => {
      const listeners = owned(plugin, "its listeners", { [event]: listener });
      return context.on(event, listeners[event] ?? listener);
    },
  };
}

function failed(plugin: string, what: string, cause: unknown): H2mError {
  const { message, hint } = H2mError.from(cause);
  return new H2mError("bad-config", `The plugin \`${plugin}\` could not be ${what}: ${message}`, {
    ...(hint === undefined ? {} : { hint }),
    cause,
  });
}
