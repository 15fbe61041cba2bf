import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** The folder that keeps the token and the attach key. */
export function stateFolder(): string {
  return folder("XDG_STATE_HOME", ".local/state");
}

/** The folder for what can be made anew at any time. */
export function cacheFolder(): string {
  return folder("XDG_CACHE_HOME", ".cache");
}

function folder(variable: string, usual: string): string {
  const set = process.env[variable] ?? "";
  // The XDG rule: a relative path there is no path.
  return join(isAbsolute(set) ? set : join(homedir(), usual), "h2m");
}
