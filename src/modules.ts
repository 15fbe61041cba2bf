/** By these names a config file or a plugin imports this very package, wherever it stands. */
export const OWN_NAMES = ["harness-to-mcp", "harness-to-mcp/plugin", "h2m", "h2m/plugin"] as const;

/** What each of them gives. The conformance kit is not among them: it needs vitest, which only a project that installs both has. */
export async function ownModules(): Promise<Readonly<Record<(typeof OWN_NAMES)[number], unknown>>> {
  // Loaded when it is wanted: `h2m.ts`, which wants it too, is a part of the library.
  const [library, plugin] = await Promise.all([import("./index.ts"), import("./plugin.ts")]);
  return {
    "harness-to-mcp": library,
    "harness-to-mcp/plugin": plugin,
    h2m: library,
    "h2m/plugin": plugin,
  };
}
