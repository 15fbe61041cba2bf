import type { SessionInfo } from "../types/session.ts";
import type { Prompt } from "../types/turn.ts";

/** What is known without a turn: harness, version, folder. */
export function shortInstructions(info: SessionInfo): string {
  const harness = `${info.harness}${info.version ? ` ${info.version}` : ""}`;
  const where = info.cwd ? ` They run in ${info.cwd}.` : "";
  return `These are the internal tools of the coding harness ${harness}, run by the harness itself.${where} Paths are those of the machine that runs the harness.`;
}

/** The harness's own prompt, as its first turn carried it. */
export function fullInstructions(info: SessionInfo, prompts: readonly Prompt[]): string {
  const own = prompts.filter((prompt) => prompt.role !== "user").map((prompt) => prompt.text);
  return [shortInstructions(info), ...own].join("\n\n");
}
