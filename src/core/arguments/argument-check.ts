import type * as Arguments from "./arguments.ts";

let loading: Promise<typeof Arguments> | undefined;

/**
 * The checker of arguments, loaded when it is first wanted: it is large. Loaded once: jiti, under which the sources run in
 * `npm run dev`, gives a second `import()` of a module that is still loading an empty one.
 */
export function argumentChecker(): Promise<typeof Arguments> {
  loading ??= import("./arguments.ts");
  return loading;
}
