import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

// What a test file has for itself, also where it shares its process with others: `each-file.ts` begins and ends it.

/** A temporary folder of the file: what is left in it was left by the file. */
let base = "";
let cache = "";
let before: NodeJS.ProcessEnv = {};
let folder = "";
const ends: (() => Promise<unknown>)[] = [];

export function beginFile(): void {
  before = { ...process.env };
  folder = process.cwd();
  base = mkdtempSync(join(tmpdir(), "h2m-test-"));
  // As the system's own: others may look into it.
  chmodSync(base, 0o755);
  // Nothing in the user's own, whatever a test sets.
  cache = mkdtempSync(join(tmpdir(), "h2m-test-cache-"));
  process.env["XDG_CACHE_HOME"] = cache;
  process.env["TMPDIR"] = base;
}

/** Something to end after the test, whatever becomes of it. */
export function atEnd(close: () => unknown): void {
  ends.push(async () => close());
}

export async function endTest(): Promise<void> {
  for (const close of ends.splice(0).toReversed()) await close();
}

/** Nothing that a file set for itself reaches the next one. */
export function endFile(): void {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
  process.chdir(folder);
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  for (const own of [base, cache]) rmSync(own, { recursive: true, force: true });
}

/** What stands in the temporary folder now. */
export function temporaryFiles(): string[] {
  return readdirSync(base);
}
