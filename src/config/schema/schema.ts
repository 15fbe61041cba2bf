import { z } from "zod";
import type { AuditOptions, H2mConfig, Profile, WorkspaceOptions } from "../../types/config.ts";
import type { HarnessOptions } from "../../types/harness.ts";
import type { UpstreamOptions } from "../../types/upstream.ts";
import { pluginEntry } from "./plugin-shape.ts";
import { limits, type Shape, tools } from "./tools-schema.ts";
import {
  allowedHost,
  allowedOrigin,
  anyText,
  attachKey,
  environmentValue,
  flag,
  host,
  instance,
  logLevel,
  milliseconds,
  network,
  oneOf,
  port,
  profileName,
  publicUrl,
  resourceUri,
  sessionName,
  someMilliseconds,
  text,
  token,
  upstreamName,
  upstreamUrl,
  wholeNumber,
} from "./values.ts";

const harness = z.strictObject({
  command: text.optional(),
  args: z.array(anyText).optional(),
  env: z.record(z.string(), environmentValue).optional(),
  model: text.optional(),
  cwd: text.optional(),
  host: oneOf("shared", "own").optional(),
  warm: wholeNumber(0, 100).optional(),
  settings: oneOf("isolated", "user").optional(),
  permissions: oneOf("bypass", "harness").optional(),
} satisfies Shape<HarnessOptions>);

const workspace = z.strictObject({
  harness: text,
  cwd: text,
  env: z.record(z.string(), anyText).optional(),
} satisfies Shape<WorkspaceOptions>);

const timeouts = z.strictObject({
  connect: milliseconds.optional(),
  call: milliseconds.optional(),
  idle: milliseconds.optional(),
  gone: milliseconds.optional(),
  shutdown: milliseconds.optional(),
  drain: someMilliseconds.optional(),
} satisfies Shape<H2mConfig["timeouts"]>);

const sessions = z.strictObject({
  max: wholeNumber(1, 10_000).optional(),
} satisfies Shape<H2mConfig["sessions"]>);

const audit = z.strictObject({
  file: text,
  redact: z.array(text).optional(),
} satisfies Shape<AuditOptions>);

const log = z.strictObject({ level: logLevel.optional() } satisfies Shape<H2mConfig["log"]>);

const upstream = z
  .strictObject({
    command: text.optional(),
    args: z.array(anyText).optional(),
    env: z.record(z.string(), anyText).optional(),
    cwd: text.optional(),
    url: upstreamUrl.optional(),
    headers: z.record(z.string(), anyText).optional(),
    eager: flag.optional(),
    keepAlive: milliseconds.optional(),
  } satisfies Shape<UpstreamOptions>)
  .superRefine((given, context) => {
    const has = (key: string) => Object.hasOwn(given, key);
    if (has("command") === has("url")) {
      const message = "must have either a `command` or a `url`";
      context.addIssue({ code: "custom", message });
    }
    const strange = ["args", "env", "cwd"].find(has);
    if (has("url") && strange !== undefined)
      context.addIssue({
        code: "custom",
        message: `has a \`url\`, for which \`${strange}\` means nothing`,
      });
    if (has("command") && has("headers"))
      context.addIssue({
        code: "custom",
        message: "has a `command`, for which `headers` mean nothing",
      });
  });

const surfaces = z.strictObject({
  rest: flag.optional(),
} satisfies Shape<H2mConfig["surfaces"]>);

const server = z.strictObject({
  host: host.optional(),
  port: port.optional(),
  token: token.optional(),
  attachKey: attachKey.optional(),
  auth: flag.optional(),
  allowedHosts: z.array(allowedHost).optional(),
  allowedOrigins: z.array(allowedOrigin).optional(),
  publicUrl: publicUrl.optional(),
  instance: instance.optional(),
  trustProxy: z.array(network).optional(),
} satisfies Shape<H2mConfig["server"]>);

const profile = z.strictObject({
  harnesses: z.preprocess(fromNames, z.record(z.string(), harness)).optional(),
  cwd: text.optional(),
  workspaces: z.record(sessionName, workspace).optional(),
  plugins: z.array(pluginEntry).optional(),
  tools: tools.optional(),
  prompts: text.optional(),
  resources: z.record(resourceUri, text).optional(),
  upstream: z
    .record(
      upstreamName,
      z
        .preprocess((given) => (given === false ? undefined : given), upstream.optional())
        .transform((given) => given ?? (false as const)),
    )
    .optional(),
  expose: oneOf("tools", "search").optional(),
  surfaces: surfaces.optional(),
  catalog: flag.optional(),
  instructions: oneOf("short", "full", false).optional(),
  timeouts: timeouts.optional(),
  heartbeat: milliseconds.optional(),
  sessions: sessions.optional(),
  audit: z
    .preprocess((given) => (given === false ? undefined : given), audit.optional())
    .transform((given) => given ?? (false as const))
    .optional(),
  log: log.optional(),
  watch: flag.optional(),
  server: server.optional(),
} satisfies Shape<Profile>);

/** The whole config; every key may be left out. */
export const configSchema = profile.extend({
  profiles: z.record(profileName, profile).optional(),
} satisfies Shape<Pick<H2mConfig, "profiles">>);

/** What passed the schema: harnesses by name. */
export type CheckedConfig = z.output<typeof configSchema>;

/** The known keys of the config (`""`) and of each of its sections. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(configSchema.shape),
  harnesses: Object.keys(harness.shape),
  workspaces: Object.keys(workspace.shape),
  tools: Object.keys(tools.shape),
  "tools.limits": Object.keys(limits.shape),
  timeouts: Object.keys(timeouts.shape),
  sessions: Object.keys(sessions.shape),
  surfaces: Object.keys(surfaces.shape),
  audit: Object.keys(audit.shape),
  log: Object.keys(log.shape),
  server: Object.keys(server.shape),
};

/** The known keys at a place of the config, such as `["tools", "args", "Bash"]`. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = configSchema;
  for (const key of path) at = below(within(at), String(key));
  const found = within(at);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

/** What stands behind `optional`, `preprocess` and `transform`. */
function within(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional) return within(schema.unwrap());
  if (schema instanceof z.ZodPipe)
    return within(schema.out instanceof z.ZodTransform ? schema.in : schema.out);
  return schema;
}

function below(schema: unknown, key: string): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[key];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

/** A list of names is short for names without options. */
function fromNames(given: unknown, context: z.RefinementCtx): unknown {
  if (!Array.isArray(given)) return given;
  for (const [place, name] of given.entries()) {
    if (typeof name === "string" && name !== "") continue;
    const params = { expected: "the name of a harness" };
    context.addIssue({ code: "custom", path: [place], input: name, params });
  }
  return Object.fromEntries(given.map((name) => [String(name), {}]));
}
