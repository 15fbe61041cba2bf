import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { H2mError } from "../errors.ts";

/** The folder that keeps the secrets, and which folders the user trusts. @throws H2mError `internal` if there is no home folder */
export function stateFolder(): string {
  return folder("XDG_STATE_HOME", ".local/state");
}

/** The folder for what can be made anew at any time. @throws H2mError `internal` if there is no home folder */
export function cacheFolder(): string {
  return folder("XDG_CACHE_HOME", ".cache");
}

function folder(variable: string, usual: string): string {
  const set = process.env[variable] ?? "";
  // The XDG rule: a relative path there is no path.
  return join(isAbsolute(set) ? set : join(home(variable), usual), "h2m");
}

function home(variable: string): string {
  try {
    return homedir();
  } catch (cause) {
    // A user number without an entry in the system's list, as containers have it.
    throw new H2mError("internal", "There is no home folder for the files that h2m keeps.", {
      hint: `Set HOME, or ${variable} to a folder of yours.`,
      cause,
    });
  }
}
