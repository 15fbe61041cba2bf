import { changes, doesAnything, reads, type ToolAnnotations } from "../../src/plugin.ts";

const OVERWRITES = { destructive: true } as const;
const SETS = { destructive: true, idempotent: true } as const;

/** The tools of Claude Code 2.1.197 to 2.1.332, and those that its flags and environment add. */
export const annotations: Readonly<Record<string, ToolAnnotations>> = {
  Agent: doesAnything("Subagent"),
  Bash: doesAnything("Shell"),
  CronCreate: changes("Schedule a prompt"),
  CronDelete: changes("Delete a scheduled prompt", SETS),
  CronList: reads("List scheduled prompts"),
  Edit: changes("Edit a file", OVERWRITES),
  EnterWorktree: changes("Enter a git worktree"),
  // It may remove the worktree, with what was not committed.
  ExitWorktree: changes("Leave a git worktree", OVERWRITES),
  ListAgents: reads("List agents"),
  // It runs a command, and tells of each line that it prints.
  Monitor: doesAnything("Watch a command"),
  NotebookEdit: changes("Edit a notebook", OVERWRITES),
  Read: reads("Read a file"),
  ReportFindings: reads("Report findings"),
  ScheduleWakeup: changes("Schedule a wake-up"),
  SendMessage: changes("Send a message to an agent"),
  // A skill's text may contain commands that run while it is loaded.
  Skill: doesAnything("Load a skill"),
  TaskCreate: changes("Add a task to the list"),
  TaskGet: reads("Show a task"),
  TaskList: reads("List the tasks"),
  TaskOutput: reads("Output of a background task"),
  TaskStop: changes("Stop a background task", SETS),
  TaskUpdate: changes("Change a task", SETS),
  WebFetch: reads("Fetch a web page", { open: true }),
  WebSearch: reads("Search the web", { open: true }),
  Workflow: doesAnything("Run a workflow"),
  Write: changes("Write a file", SETS),

  Glob: reads("Find files by name"),
  Grep: reads("Search in files"),
  TodoWrite: changes("Replace the to-do list", SETS),
  ToolSearch: reads("Find tools"),
};
