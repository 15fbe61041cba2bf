import { unionInstructions } from "./instructions.ts";
import type { UnionMember } from "./union-member.ts";

/** How to use the tools of several harnesses: which are whose, and with `full` what each of them says itself. */
export async function instructionsOf(
  members: readonly UnionMember[],
  kind: "short" | "full",
): Promise<string> {
  const harnesses = members.filter(({ prefix }) => prefix !== "");
  const parts = harnesses.map(async (member) => ({
    prefix: member.prefix,
    about: await member.about(),
  }));
  const short = unionInstructions(await Promise.all(parts));
  if (kind === "short") return short;
  const texts = await Promise.allSettled(harnesses.map((member) => member.instructions()));
  const told = texts.flatMap((text) => (text.status === "fulfilled" ? [text.value] : []));
  return [short, ...told].join("\n\n");
}
