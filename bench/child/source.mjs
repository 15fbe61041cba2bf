import { createJiti } from "jiti";

const jiti = createJiti(import.meta.url);

/** Something of h2m's own sources, by its path below the project's folder. */
export function fromSource(path) {
  return jiti.import(`../../${path}`);
}

/** The built-in launcher of a harness. */
export async function launcherOf(harness) {
  return (await fromSource(`plugins/${harness}/index.ts`))[harness];
}
