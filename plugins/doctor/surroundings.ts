import { connect } from "node:net";
import {
  arrayOf,
  type CommandContext,
  type CommandSettings,
  H2mError,
  numberOf,
  parseObject,
} from "../../src/plugin.ts";
import { type Check, fail, ok, skip } from "./check.ts";

/** Milliseconds for a connection. */
const PATIENCE = 3_000;
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/** The port that a start would take: free, an h2m of ours, or somebody else's. */
export async function checkServer(
  context: CommandContext,
  { config }: CommandSettings,
): Promise<Check[]> {
  const about = { layer: "server", name: "port" } as const;
  const { host, port } = config.server;
  if (port === 0) return [ok(about, "any free one (0)")];
  const place = `${host}:${port}`;
  if (!(await answers(host, port))) return [ok(about, `${place} is free`)];
  const other = "Name another one: `--port N`, or `server.port` in the config; 0 is any free one.";
  try {
    const server = await context.server();
    const { status, text } = await server.ask("GET", "/sessions", { patience: PATIENCE });
    const up = ok(about, `an h2m of yours runs at ${server.url}`);
    return [up, sessionsOf(status, text, config.sessions.max)];
  } catch (error) {
    const { code, message } = H2mError.from(error);
    const said = code === "unauthorized" || code === "internal" ? message : `${place} is taken.`;
    return [fail(about, `${place} is taken by another program: ${said}`, other)];
  }
}

function sessionsOf(status: number, text: string, configured: number): Check {
  const about = { layer: "server", name: "sessions" } as const;
  const said = parseObject(text);
  const open = arrayOf(said?.["sessions"])?.length;
  const max = numberOf(said?.["max"]) ?? configured;
  if (status !== 200 || open === undefined)
    return skip(about, `it does not tell of its sessions (status ${status})`);
  const detail = `${open} of ${max}`;
  return open >= max
    ? fail(
        about,
        `${detail}: no further client gets one.`,
        "See `h2m ps`; end some with `h2m stop`, or raise `sessions.max`.",
      )
    : ok(about, detail);
}

/** A proxy that does not answer makes what tools load from the network fail. h2m itself goes around it. */
export async function checkProxies(env = process.env): Promise<Check[]> {
  const names = PROXIES.flatMap((name) => [name, name.toLowerCase()]).filter((name) => env[name]);
  const found: Check[] = [];
  const seen = new Set<string>();
  for (const name of names) {
    const about = { layer: "network", name } as const;
    const url = proxyUrl(env[name] ?? "");
    if (!url) found.push(fail(about, "It is no URL.", `Correct or unset ${name}.`));
    else if (!seen.has(url.host)) {
      seen.add(url.host);
      const port = Number(
        url.port ||
          (url.protocol === "https:" ? 443 : url.protocol.startsWith("socks") ? 1080 : 80),
      );
      found.push(
        (await answers(url.hostname.replaceAll(/[[\]]/g, ""), port))
          ? ok(about, `${url.host} answers; harnesses reach h2m around it`)
          : fail(about, `Nothing answers at ${url.host}.`, `Start that proxy, or unset ${name}.`),
      );
    }
  }
  return found.length > 0 ? found : [ok({ layer: "network", name: "proxy" }, "none is set")];
}

function proxyUrl(text: string): URL | undefined {
  const whole = /^[a-z\d]+:\/\//i.test(text) ? text : `http://${text}`;
  return URL.canParse(whole) ? new URL(whole) : undefined;
}

/** Whether somebody accepts a connection. */
export function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: host === "0.0.0.0" ? "127.0.0.1" : host, port });
    const end = (found: boolean) => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(PATIENCE, () => end(false));
    socket.once("connect", () => end(true));
    socket.on("error", () => end(false));
  });
}
