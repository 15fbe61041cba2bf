import { resolve } from "node:path";
import type { H2mConfig, ResolvedConfig } from "./types/config.ts";
export function resolveConfig(config: H2mConfig, folder = process.cwd()): ResolvedConfig {
  const h = config.harnesses ?? [];
  return {
    harnesses: Array.isArray(h) ? Object.fromEntries(h.map((n) => [n, {}])) : (h as never),
    cwd: resolve(folder, config.cwd ?? "."),
    plugins: (config.plugins ?? []).filter((p) => !!p) as never,
    tools: { include: ["*"], exclude: [], rename: {}, describe: {}, map: [], ...config.tools },
    instructions: config.instructions ?? "short",
    timeouts: {
      connect: 30_000,
      call: 600_000,
      idle: 1_800_000,
      shutdown: 5_000,
      ...config.timeouts,
    },
    heartbeat: config.heartbeat ?? 15_000,
    sessions: { max: 64, ...config.sessions },
    log: { level: "info", ...config.log },
    server: {
      host: "127.0.0.1",
      port: 9330,
      auth: true,
      allowedHosts: [],
      allowedOrigins: [],
      ...config.server,
    },
  };
}
