import { objectOf } from "../../kit/json.ts";

type Workspaces = Readonly<Record<string, { readonly harness: string }>>;

/**
 * The workspaces of the harnesses that were picked. Those of the others are left out with them; one whose harness the whole config
 * lacks stays, and is the mistake that it was.
 */
export function workspacesOfPicked<T extends Workspaces>(
  workspaces: T,
  picked: readonly string[],
  /** The harnesses of the whole config. */
  known: readonly string[],
): T {
  const stays = ({ harness }: { readonly harness: string }) =>
    picked.includes(harness) || !known.includes(harness);
  return Object.fromEntries(Object.entries(workspaces).filter(([, each]) => stays(each))) as T;
}

/** A sentence about each workspace that one config has and what was made of it has no more. */
export function workspacesLeftOut(
  before: { readonly workspaces?: Workspaces | undefined },
  after: { readonly workspaces?: object | undefined },
): string[] {
  const left = objectOf(after.workspaces) ?? {};
  return Object.entries(before.workspaces ?? {}).flatMap(([name, { harness }]) =>
    Object.hasOwn(left, name)
      ? []
      : [
          `The workspace \`${name}\` is left out: its harness \`${harness}\` is not among those picked.`,
        ],
  );
}
