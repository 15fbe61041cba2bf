import { isAtLeast } from "../../kit/versions.ts";
import type { HarnessInstall, HarnessLauncher } from "../../types/harness.ts";

/** What its user should know of a version that was not tested, or `undefined`. */
export function unlikeTested(
  { name, tested }: Pick<HarnessLauncher, "name" | "tested">,
  { version }: Pick<HarnessInstall, "version">,
): string | undefined {
  if (!tested || version === undefined) return undefined;
  const served = "Its tools are served as it lists them, and its results as it tells them";
  if (!isAtLeast(tested.newest, version)) {
    return (
      `${name} ${version} is newer than any that h2m was tested with (${tested.newest}). ${served}; ` +
      "what it may have changed since is not known. A newer h2m may know it."
    );
  }
  if (!isAtLeast(version, tested.oldest)) {
    return (
      `${name} ${version} is older than those that h2m supports (from ${tested.oldest} on). ${served}; ` +
      "update it if a call goes wrong."
    );
  }
  return undefined;
}
