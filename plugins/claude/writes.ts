import { type MapperCall, stringOf } from "../../src/plugin.ts";

/** By tool: the argument that names the file (2.1.197 to 2.1.332; MultiEdit in older ones). */
const FILE: Readonly<Record<string, string>> = {
  Write: "file_path",
  Edit: "file_path",
  MultiEdit: "file_path",
  NotebookEdit: "notebook_path",
};

/** The files that a call writes. */
export function claudeWrites({ name, arguments: args }: MapperCall): string[] {
  const key = Object.hasOwn(FILE, name) ? FILE[name] : undefined;
  const path = key === undefined ? undefined : stringOf(args[key]);
  return path === undefined ? [] : [path];
}
