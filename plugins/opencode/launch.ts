import { delimiter, dirname, isAbsolute, join } from "node:path";
import {
  homeFolder,
  temporaryFolder,
  type LaunchContext,
  type LaunchPlan,
  noProxy,
  runtimeVariables,
} from "../../src/plugin.ts";
import { opencodeConfig, SEATS_FOLDER, SHELL_FILE } from "./config.ts";
import { insidePlugin, PASSWORD } from "./inside.ts";
import type { OpencodeFacts } from "./install.ts";
import { shellShim } from "./shell.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The launch of `opencode serve`, as measured with 1.18.33. The key stands in a config file; the server's password has
 * to be in its environment, and the shell shim takes it away from the tools.
 * @param own h2m's environment, which is the user's
 */
export function prepareOpencode(
  context: LaunchContext<OpencodeFacts>,
  own: Variables = process.env,
): LaunchPlan {
  const { install, options, home, secret } = context;
  const user = { ...own, ...options.env };
  const isolated = options.settings !== "user";
  const moved = { ...movedVariables(context, user), ...(isolated ? movedApart(home) : {}) };
  const added = {
    ...SWITCHES,
    [PASSWORD]: secret,
    ...(isolated
      ? // Where it looks for `.opencode`, and nothing else (1.18.33); HOME stays the user's.
        { ...APART, OPENCODE_TEST_HOME: home }
      : // One more folder of settings; the last one, so that it wins.
        { OPENCODE_CONFIG_DIR: join(home, CONFIG) }),
  };
  const restore = Object.fromEntries(Object.keys(moved).map((name) => [name, user[name]]));
  return {
    command: install.command,
    // It says which one it took: a port that we chose could be somebody else's by then, who would be sent the password.
    args: ["serve", "--hostname", "127.0.0.1", "--port", "0"],
    env: { ...moved, ...added },
    ...(isolated ? { cwd: join(home, START) } : {}),
    files: {
      [`${CONFIG}/opencode.json`]: JSON.stringify(opencodeConfig(context), undefined, 2),
      [`${CONFIG}/plugin/h2m.js`]: insidePlugin({
        home,
        temporary: [...new Set([dirname(home), temporaryFolder()])],
        closed: [stateFolder(own)],
        sealed: isolated,
      }),
      ...INSTALLED,
      [SHELL_FILE]: shellShim(
        { unset: [...Object.keys(added), ...OWN], restore },
        join(home, SEATS_FOLDER),
        install.facts?.bash,
      ),
      // The nearest ones count, and above our folder others may write.
      "tsconfig.json": "{}",
      "package.json": "{}",
      // So that the folders are there.
      "tmp/.keep": "",
      [`${START}/.keep`]: "",
    },
  };
}

/**
 * Where the process starts, below `home`. A `tsconfig.json` of the folder that it starts in, or of one above, tells it which file
 * an import means (Bun, in 1.18.33): one in the working folder could put its own code in the place of our plugin.
 */
const START = "start";

/** Where its settings stand below `home`. */
const CONFIG = "config/opencode";

/** Switches of OpenCode 1.18.33: nothing that only a model or a person needs. */
const SWITCHES = {
  OPENCODE_DISABLE_AUTOUPDATE: "1",
  OPENCODE_DISABLE_DEFAULT_PLUGINS: "1",
  OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
  OPENCODE_DISABLE_MODELS_FETCH: "1",
  OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER: "1",
};

/** Nothing of the user's or the project's own set-up (1.18.33). */
const APART = {
  OPENCODE_DISABLE_CLAUDE_CODE: "1",
  OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
  OPENCODE_DISABLE_PROJECT_CONFIG: "1",
};

/** OpenCode would fetch a package of its own for the plugin (1.18.33): to it, this looks as if it had. */
const INSTALLED = {
  [`${CONFIG}/node_modules/.keep`]: "",
  [`${CONFIG}/package-lock.json`]: JSON.stringify({
    packages: { "": { dependencies: { "@opencode-ai/plugin": "*" } } },
  }),
};

/** What OpenCode itself adds (1.18.33), beside `OPENCODE` and `AGENT`, which tell programs that an agent runs them. */
const OWN = ["OPENCODE_PID"];

/** Nothing listens there: what OpenCode would fetch from npm fails at once. */
const NO_REGISTRY = "http://127.0.0.1:9";

/** Variables that OpenCode has another value of than its tools. */
function movedVariables(
  { install, home, origin }: LaunchContext<OpencodeFacts>,
  user: Variables,
): Record<string, string | undefined> {
  return {
    ...runtimeVariables(user),
    XDG_DATA_HOME: join(home, "data"),
    XDG_STATE_HOME: join(home, "state"),
    // It makes a folder and unpacks libraries in there.
    TMPDIR: join(home, "tmp"),
    ...noProxy(user, origin),
    ...pathWith(install.facts?.ripgrep, user),
  };
}

/** Those of a harness without the user's settings; the plugins that these name come from npm, by way of the cache. */
function movedApart(home: string): Record<string, string> {
  return {
    XDG_CONFIG_HOME: join(home, "config"),
    XDG_CACHE_HOME: join(home, "cache"),
    npm_config_registry: NO_REGISTRY,
    NPM_CONFIG_REGISTRY: NO_REGISTRY,
    // Where it fetches something all the same, it waits for no second attempt.
    npm_config_fetch_retries: "0",
  };
}

/** Where h2m keeps its token and attach key. */
function stateFolder(own: Variables): string {
  const set = own["XDG_STATE_HOME"] ?? "";
  return join(isAbsolute(set) ? set : join(homeFolder(own) ?? "/", ".local/state"), "h2m");
}

/** OpenCode looks for `rg` on PATH only. */
function pathWith(program: string | undefined, user: Variables): Record<string, string> {
  const folders = (user["PATH"] ?? "").split(delimiter);
  if (program === undefined || folders.includes(dirname(program))) return {};
  return { PATH: [...folders, dirname(program)].join(delimiter) };
}
