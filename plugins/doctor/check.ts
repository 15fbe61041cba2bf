import { H2mError } from "../../src/plugin.ts";

/** The layers, from the lowest up: what is wrong in one makes those above it fail too. */
export const LAYERS = [
  "node",
  "folders",
  "config",
  "harness",
  "server",
  "network",
  "clients",
] as const;

/** What one look has found. */
export interface Check {
  readonly layer: (typeof LAYERS)[number];
  readonly name: string;
  /** `warn`: it works, and a person should know. `skip`: it could not be looked at, for what is wrong below it. */
  readonly status: "ok" | "warn" | "fail" | "skip";
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string | undefined;
}

type About = Pick<Check, "layer" | "name">;

export const ok = (about: About, detail: string): Check => ({ ...about, status: "ok", detail });

export const warn = (about: About, detail: string, fix?: string): Check => ({
  ...about,
  status: "warn",
  detail,
  fix,
});

export const fail = (about: About, detail: string, fix?: string): Check => ({
  ...about,
  status: "fail",
  detail,
  fix,
});

export const skip = (about: About, detail: string): Check => ({ ...about, status: "skip", detail });

/** What an error says: what happened is the detail, what to do the fix. */
export function failed(about: About, error: unknown, fix?: string): Check {
  const { message, hint } = H2mError.from(error);
  return fail(about, message, hint ?? fix);
}
