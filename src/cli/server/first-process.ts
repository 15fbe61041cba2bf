/**
 * The first process of a container is given the processes that others leave behind, such as what a command started with `setsid`
 * or `&`. Once they have ended they wait for it to take note, and Node cannot wait for children that are not its own.
 */
export function firstProcessWarnings(pid: number): string[] {
  if (pid !== 1) return [];
  return [
    "h2m is the first process here, and cannot take note of the end of what commands leave behind: such processes stay as zombies, " +
      "until the container has no numbers left for others. Start it under an init: `docker run --init`, `init: true` in a compose " +
      "file, or `tini -- h2m`.",
  ];
}
