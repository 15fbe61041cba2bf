import { fileURLToPath } from "node:url";
import type {
  HarnessDriver,
  HarnessLauncher,
  HostIo,
  LaunchContext,
  Plugin,
} from "../../../src/plugin.ts";
import { claude } from "../../../plugins/claude/index.ts";
import { codex } from "../../../plugins/codex/index.ts";
import { opencode } from "../../../plugins/opencode/index.ts";
import type { Proxy } from "../proxy.ts";
import { type ResetWorld, withResets } from "../resets.ts";
import type { Harness } from "./shells.ts";

const LAUNCHERS: Record<Harness, HarnessLauncher> = { claude, codex, opencode };
const NOISY = fileURLToPath(new URL("../noisy.mjs", import.meta.url));

export interface RoughOptions {
  /** Stands between the harness and h2m. */
  readonly proxy: Proxy;
  /** Stands between h2m and a harness that tells its events over HTTP. */
  readonly events: Proxy;
  readonly resets: ResetWorld;
  /** The events come in pieces, with garbage between them. */
  readonly noisy: boolean;
}

/** A real harness in a rougher world; it takes the place of the built-in plugin. */
export function roughPlugin(name: Harness, options: RoughOptions): Plugin {
  const launcher = LAUNCHERS[name];
  const overHttp = name === "opencode";
  const rough: HarnessLauncher = {
    ...launcher,
    prepare: (context) => {
      const plan = launcher.prepare(behind(context, options.proxy));
      if (!options.noisy || overHttp) return plan;
      return { ...plan, command: process.execPath, args: [NOISY, plan.command, ...plan.args] };
    },
    drive: (host) => {
      const context = behind(host.context, options.proxy);
      const onLine = options.noisy && overHttp ? roughServer(host, options.events) : host.onLine;
      const driver = launcher.drive?.({ ...host, context, onLine }) as HarnessDriver;
      return withResets(host, driver, options.resets);
    },
  };
  return { name, harnesses: [rough] };
}

function behind(context: LaunchContext, proxy: Proxy): LaunchContext {
  return { ...context, origin: proxy.inFrontOf(context.origin) };
}

/** Before the harness's own server stands a proxy that garbles its events: the harness seems to say that it listens there. */
function roughServer({ onLine }: HostIo, events: Proxy): HostIo["onLine"] {
  events.rough = true;
  return (listener) =>
    onLine((line) =>
      listener(
        line.replace(
          /^(opencode server listening on )(http:\S+)$/,
          (_, words: string, url: string) => {
            return words + new URL(events.inFrontOf(url)).origin;
          },
        ),
      ),
    );
}
