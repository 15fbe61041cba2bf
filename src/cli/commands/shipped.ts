import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { H2mError } from "../../errors.ts";
import { ancestors } from "../../kit/programs.ts";

/**
 * The path of a file or folder that comes with the package, some folders above the running file.
 * @throws H2mError `internal` if it is not there
 */
export function shipped(name: string): string {
  const folders = ancestors(dirname(fileURLToPath(import.meta.url)));
  const folder = folders.find((each) => existsSync(join(each, name)));
  if (folder !== undefined) return join(folder, name);
  throw new H2mError("internal", `The package of h2m lacks its \`${name}\`.`, {
    hint: "Install it anew.",
  });
}
