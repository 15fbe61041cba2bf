import { arrayOf, type MapperCall, objectOf, patchedFiles, stringOf } from "../../src/plugin.ts";

/** Tools that name their file, or several of them (1.18.33; `multiedit` and `patch` in older ones). */
const WRITERS = ["write", "edit", "multiedit"];
const PATCHERS = ["apply_patch", "patch"];

/** The files that a call writes. */
export function opencodeWrites({ name, arguments: args }: MapperCall): string[] {
  if (PATCHERS.includes(name)) return patchedFiles(stringOf(args["patchText"]) ?? "");
  if (!WRITERS.includes(name)) return [];
  const edits = (arrayOf(args["edits"]) ?? []).map((edit) => objectOf(edit)?.["filePath"]);
  return [args["filePath"], ...edits].flatMap((path) => stringOf(path) ?? []);
}
