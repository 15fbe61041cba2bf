import { type MapperCall, patchedFiles, stringOf } from "../../src/plugin.ts";

/** The files that a call writes: those that its patch names (0.169 to 0.171). */
export function codexWrites({ name, arguments: args }: MapperCall): string[] {
  return name === "apply_patch" ? patchedFiles(stringOf(args["input"]) ?? "") : [];
}
