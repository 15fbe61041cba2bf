/** How each harness spells a command. */
export const SHELLS = {
  claude: (command: string) => ({ name: "Bash", arguments: { command, description: "a test" } }),
  // The default yield is 10 s; a command that ends sooner is answered at its end.
  codex: (cmd: string) => ({ name: "exec_command", arguments: { cmd, yield_time_ms: 20_000 } }),
  opencode: (command: string) => ({ name: "bash", arguments: { command, description: "a test" } }),
} as const;

export type Harness = keyof typeof SHELLS;
export const HARNESSES = Object.keys(SHELLS) as Harness[];

/** A length of sleep that no other command has. */
export function mark(): string {
  return `${30_000 + Math.floor(Math.random() * 60_000)}.25`;
}
