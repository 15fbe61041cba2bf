import type { SessionInfo } from "../../types/session.ts";
import type { Prompt } from "../../types/turn.ts";

/** What is known of a harness without a turn. */
export type About = Pick<SessionInfo, "harness" | "version" | "cwd">;

const PATHS = "Paths are those of the machine that runs the harness.";

/** What is known without a turn: harness, version, folder. */
export function shortInstructions(about: About): string {
  const where = about.cwd ? ` They run in ${about.cwd}.` : "";
  return `These are the internal tools of the coding harness ${called(about)}, run by the harness itself.${where} ${PATHS}`;
}

/** The same where there is no harness. */
export function projectInstructions({ cwd }: Pick<About, "cwd">): string {
  return `These are the tools of a project.${cwd ? ` Its folder is ${cwd}.` : ""}`;
}

/** The same of several harnesses, and how to tell their tools from each other. */
export function unionInstructions(parts: readonly { prefix: string; about: About }[]): string {
  const each = parts.map(({ prefix, about }) => {
    const where = about.cwd ? `, run in ${about.cwd}` : "";
    return `Those whose names begin with \`${prefix}\` are of ${called(about)}${where}.`;
  });
  return `These are the internal tools of several coding harnesses, each run by its own harness. ${each.join(" ")} ${PATHS}`;
}

/** The harness's own prompt, as its first turn carried it. */
export function fullInstructions(about: About, prompts: readonly Prompt[]): string {
  const own = prompts.filter((prompt) => prompt.role !== "user").map((prompt) => prompt.text);
  return [shortInstructions(about), ...own].join("\n\n");
}

function called({ harness, version }: About): string {
  return `${harness}${version ? ` ${version}` : ""}`;
}
