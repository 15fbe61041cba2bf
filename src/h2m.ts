import { join } from "node:path";
import {
  audit,
  BUILT_IN,
  localOf,
  OPEN_PATHS,
  projectOf,
  restApi,
  search,
  sessionsApi,
  toolsMappers,
  upstreamsOf,
  withinStart,
} from "./built-in.ts";
import { version } from "../package.json" with { type: "json" };
import { REDACT } from "./config/schema/defaults.ts";
import { checkConfig, configWithProfile, resolveConfig } from "./config.ts";
import { Reloads } from "./config/reload/reloads.ts";
import { withPlugins } from "./config/files/plugins.ts";
import { withTools } from "./config/files/tool-files.ts";
import { steeringOf } from "./config/files/steering.ts";
import { warnUnmatched } from "./config/schema/unmatched.ts";
import { Catalog } from "./core/tools/catalog.ts";
import { everyStep } from "./kit/every-step.ts";
import { Hooks } from "./core/plugins/hooks.ts";
import { Hosts } from "./core/host/hosts.ts";
import { ofConfig } from "./core/tools/layers.ts";
import { KeptValues } from "./core/files/kept-values.ts";
import { Provided } from "./core/tools/provided.ts";
import { Registry } from "./core/plugins/registry.ts";
import { Sessions } from "./core/session/sessions.ts";
import { setUpAll } from "./core/plugins/setup.ts";
import { Admission } from "./hijack/admit.ts";
import { addHijackRoutes, HIJACK_PATH, hijackRoots } from "./hijack/routes.ts";
import { reachable, urlHost } from "./server/address.ts";
import { createDoors, nodeHandlerOf } from "./server/doors.ts";
import { cacheFolder, stateFolder } from "./server/folders.ts";
import { OWN_NAMES, ownModules } from "./modules.ts";
import { listen, type Listening } from "./server/listen.ts";
import { addProof } from "./server/proof.ts";
import { Drain } from "./server/drain.ts";
import { addReadyRoute } from "./server/ready.ts";
import { addReloadRoute } from "./server/reload-route.ts";
import { openingSecrets } from "./server/opening.ts";
import { mcpRoutes } from "./surfaces/mcp-routes.ts";
import type { H2mConfig, ResolvedConfig } from "./types/config.ts";
import type { H2mContext } from "./types/plugin.ts";
import type { CreateOptions, H2m } from "./types/h2m.ts";
import type { Teardown } from "./types/session.ts";

export type { CreateOptions, H2m } from "./types/h2m.ts";

/**
 * Starts a server for a config. It listens when this resolves; the harnesses start when a client comes.
 * @throws H2mError `bad-config`, `bad-usage` (an unknown profile), `unknown-harness`, `port-taken`
 */
export async function createH2m(config: H2mConfig = {}, options: CreateOptions = {}): Promise<H2m> {
  const { http = true, listen: listens = true, profile, secretsOf = profile, source } = options;
  const laid = async (given: H2mConfig) => {
    const chosen = profile === undefined ? given : configWithProfile(given, profile);
    const folder = process.cwd();
    const files = { folder, modules: ownModules };
    return resolveConfig(
      await withTools(await withPlugins(checkConfig(chosen), files), files),
      folder,
    );
  };
  const resolved = await laid(config);
  const reloads = new Reloads(resolved, {
    source,
    profile: secretsOf !== undefined,
    laid,
    apply: (changed) => {
      const put = project?.changed(localOf(changed, registry));
      sessions.configure(changed, mappersOf(changed));
      put?.();
    },
  });
  const { server } = resolved;
  const embedded = http && !listens;
  const hooks = new Hooks();
  const { report } = hooks;
  const exposed = resolved.expose === "search" ? [search] : [];
  const registry = new Registry([...BUILT_IN, ...exposed, ...resolved.plugins], report);
  const secrets = await openingSecrets(server, { http, embedded }, secretsOf);
  let origin = "";
  const hosts = new Hosts(hooks, () => origin);
  const mappersOf = ({ tools }: ResolvedConfig) => [
    ...registry.mappers,
    ...tools.map,
    ...ofConfig([
      ...(tools === resolved.tools ? [] : [withinStart(resolved.tools)]),
      ...toolsMappers(tools),
    ]),
  ];
  const folders = [stateFolder(), cacheFolder()];
  const folder = join(cacheFolder(), "catalog");
  const catalog = new Catalog({ folder, version, hooks, fresh: options.fresh });
  const lists = {
    catalog,
    lock: options.lock,
    steering: steeringOf(() => [resolved, reloads.current], folders, import.meta.url, OWN_NAMES),
  };
  const project = await projectOf(resolved, registry);
  const warn = (message: string) => hooks.emit("warning", { message });
  const connect = () => reloads.current.timeouts.connect;
  const kept = new KeptValues(join(cacheFolder(), "upstream"), version, warn);
  const upstreams = await upstreamsOf(resolved, { version, connect, kept });
  const own = [project, upstreams].filter((each) => each !== undefined);
  const provided = new Provided([...own, ...registry.providers], hooks, connect);
  const mappers = mappersOf(resolved);
  const sessions = new Sessions(resolved, registry, hosts, hooks, mappers, lists, provided);
  // Without MCP over HTTP nobody has a token; routes that a plugin adds ask for one that nobody knows.
  const guarded = server.auth && !http ? crypto.randomUUID() : secrets.token;
  const apis = [...registry.apis.values()];
  const rest = http && resolved.surfaces.rest;
  const open = rest ? OPEN_PATHS : [];
  const guard = { ...server, token: guarded, hijackRoots: hijackRoots(apis), open };
  const { app, hijack, place } = createDoors({ guard, version, embedded, report });
  const { attachKey } = secrets;
  const admission = new Admission({
    hosts,
    sessions,
    registry,
    attachKey,
    replies: { heartbeat: resolved.heartbeat, report },
  });
  addHijackRoutes(hijack, apis, admission);
  const drain = new Drain({
    hooks,
    sessions: () => sessions.list().length,
    running: () => sessions.list().reduce((all, each) => all + each.usage().running, 0),
    limit: () => reloads.current.timeouts.drain,
    begin: () => sessions.drain(),
  });
  const install = async (name: string) =>
    hosts.install(registry.harness(name), reloads.current.harnesses[name] ?? {});
  if (http) {
    addReloadRoute(app, reloads);
    drain.addTo(app);
    addReadyRoute(app, {
      version,
      room: () => sessions.room,
      harnesses: () => sessions.harnesses,
      connect,
      install,
      on: (event, listener) => hooks.on(event, listener),
    });
  }
  if (http && secrets.token !== undefined) addProof(app, secrets.token);

  const on: H2mContext["on"] = (event, listener) => hooks.on(event, listener);
  warnUnmatched(resolved, on, warn);
  const context: H2mContext = { app, sessions, version, on };
  const { heartbeat } = resolved;
  const surfaces = http
    ? [
        mcpRoutes({
          idle: () => reloads.current.timeouts.idle,
          heartbeat,
          instance: server.instance,
          shown: registry.shown,
        }),
      ]
    : [];
  const recorded = { redact: REDACT, ...resolved.audit, secrets: { ...secrets } };
  const watchers = resolved.audit ? [audit({ ...resolved.audit, ...recorded, warn })] : [];
  const operations = [
    ...(rest ? [restApi({ heartbeat })] : []),
    ...(http ? [sessionsApi({ ...recorded, heartbeat })] : []),
  ];
  const plugins = [...watchers, ...surfaces, ...operations, ...registry.plugins];
  let tearDown: Teardown = () => {};
  let listening: Listening;
  try {
    tearDown = await setUpAll(plugins, context, report);
    listening = await listen(hijack, place, report);
  } catch (error) {
    // Such as a port that is taken: nothing of a start that failed stays, neither a plugin nor a session that it opened.
    await everyStep(
      () => tearDown(),
      () => sessions.close(),
    ).catch(report);
    throw error;
  }
  const root = `http://${urlHost(reachable(place.host))}:${listening.port}`;
  origin = root + HIJACK_PATH;
  for (const surface of surfaces) surface.warm();
  // Facts of the programs are wanted soon: looking now makes `initialize` quick.
  for (const [name, own] of Object.entries(resolved.harnesses))
    hosts.install(registry.harness(name), own).catch(() => {});

  upstreams?.start();
  // A server for one client has its own session only.
  if (http) sessions.warmUp();

  let closing: Promise<void> | undefined;
  const close = () =>
    everyStep(
      () => sessions.close(),
      () => tearDown(),
      () => listening.close(),
    );
  return {
    mcpUrl: `${embedded ? "" : root}/mcp`,
    hijackUrl: origin,
    ...secrets,
    sessions,
    version,
    shown: registry.shown,
    attachLines: (key) =>
      Object.fromEntries(
        [...registry.harnesses.values()].flatMap(({ name, attach }) =>
          attach ? [[name, attach({ origin, key })]] : [],
        ),
      ),
    install,
    drain: () => drain.drain(),
    drained: drain.asked,
    on: (event, listener) => hooks.on(event, listener),
    configure: async (changed) => {
      const { restart, wider } = await reloads.configure(changed);
      return [...restart, ...wider];
    },
    reload: () => reloads.reload(),
    fetch: async (request) => app.fetch(request),
    nodeHandler: nodeHandlerOf(app),
    get config() {
      return reloads.current;
    },
    close: () => (closing ??= close()),
  };
}
