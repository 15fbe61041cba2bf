import { H2mError } from "../errors.ts";
import { isThenable } from "../kit/thenable.ts";
import type { H2mContext, Plugin } from "../types/plugin.ts";
import type { Teardown } from "../types/session.ts";
import { blamed } from "./blame.ts";

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
      const told = (error: unknown) => report(failed(plugin, "taken down", error));
      try {
        const given = teardown();
        // Nobody waits for it, but a fault in it is told.
        if (isThenable(given)) given.then(undefined, told);
      } catch (error) {
        told(error);
      }
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
    on: (event, listener) => {
      const listeners = blamed(plugin, "its listeners", { [event]: listener });
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
