import { launcherOf } from "./source.mjs";

/** The real harnesses once more, as `<name>-closed`: each reply is ended by its call, and the next request brings the result. */
export async function closedPlugin(harnesses) {
  return {
    name: "bench-closed",
    harnesses: await Promise.all(harnesses.map(closed)),
  };
}

async function closed(harness) {
  const launcher = await launcherOf(harness);
  return {
    ...launcher,
    name: `${harness}-closed`,
    drive: (host) => ({
      ...launcher.drive(host),
      send: (_seat, call) => ({ call }),
      // The same of a build from before a driver was handed its calls.
      settles: () => false,
      rewrite: undefined,
    }),
  };
}
