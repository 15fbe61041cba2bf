export interface Program {
  readonly harness: string;
  readonly version: string;
}
export interface Versions {
  /** On npm. */
  readonly package: string;
  readonly newest: string;
  /** The oldest that is supported. */
  readonly oldest: string;
  /** Where the wire or the tools changed in between, and what did. */
  readonly changed: Readonly<Record<string, string>>;
}
export const VERSIONS: Readonly<Record<string, Versions>>;
export const HARNESSES: readonly string[];
export function chosen(word: string): Promise<Program>;
export function latest(name: string): Promise<string>;
export function binOf(program: Program): Promise<string>;
