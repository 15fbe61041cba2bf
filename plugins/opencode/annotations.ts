import { changes, doesAnything, reads, type ToolAnnotations } from "../../src/plugin.ts";

const OVERWRITES = { destructive: true } as const;
const SETS = { destructive: true, idempotent: true } as const;

/** The tools of OpenCode 1.18.33, also those that it lists for other models or on request. */
export const annotations: Readonly<Record<string, ToolAnnotations>> = {
  bash: doesAnything("Shell"),
  edit: changes("Edit a file", OVERWRITES),
  glob: reads("Find files by name"),
  grep: reads("Search in files"),
  read: reads("Read a file or a folder"),
  skill: reads("Load a skill"),
  task: doesAnything("Subagent"),
  todowrite: changes("Replace the to-do list", SETS),
  webfetch: reads("Fetch a web page", { open: true }),
  write: changes("Write a file", SETS),

  apply_patch: changes("Patch files", OVERWRITES),
  lsp: reads("Ask the language server"),
  question: reads("Ask the user"),
  websearch: reads("Search the web", { open: true }),
};
