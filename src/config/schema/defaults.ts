import type { H2mConfig } from "../../types/config.ts";

/** Keys whose values an audit does not write, unless it says otherwise. */
export const REDACT = ["*token*", "*password*", "*secret*", "*api*key*", "authorization"] as const;

/** What a config says that says nothing. */
export const DEFAULTS = {
  harnesses: {},
  cwd: ".",
  workspaces: {},
  plugins: [],
  tools: {
    include: ["*"],
    exclude: [],
    rename: {},
    prefix: "",
    describe: {},
    args: {},
    annotations: {},
    readOnly: false,
    portable: true,
    confirm: [],
    confirmFallback: "deny",
    limits: {},
    map: [],
    local: [],
  },
  profiles: {},
  prompts: undefined,
  resources: {},
  surfaces: { rest: true },
  catalog: true,
  instructions: "short",
  timeouts: {
    connect: 30_000,
    call: 600_000,
    idle: 1_800_000,
    gone: 60_000,
    shutdown: 5_000,
    drain: 0,
  },
  heartbeat: 15_000,
  sessions: { max: 64 },
  audit: false,
  log: { level: "info" },
  watch: false,
  server: {
    host: "127.0.0.1",
    port: 9330,
    token: undefined,
    attachKey: undefined,
    auth: true,
    allowedHosts: [],
    allowedOrigins: [],
    publicUrl: undefined,
    instance: undefined,
    trustProxy: [],
  },
} as const satisfies H2mConfig;
