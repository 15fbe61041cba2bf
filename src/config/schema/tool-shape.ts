import { z } from "zod";
import { arrayOf, objectOf, stringOf } from "../../kit/json.ts";
import type { LocalTool, ToolFolder } from "../../types/tool.ts";

/** MCP's own rule for the name of a tool. */
const NAME = /^[\w./-]{1,128}$/;

/** What the config has in `tools.local`. A tool is handed on as it is. */
export const localTool = z
  .custom<LocalTool | ToolFolder | string>()
  .superRefine((given, context) => {
    if (isFolder(given)) return;
    const message =
      typeof given === "string"
        ? given === ""
          ? "must be the path of a file or folder"
          : undefined
        : toolProblem(given);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** What was loaded of a folder of tools. */
export function isFolder(given: unknown): given is ToolFolder {
  const { path, tools } = objectOf(given) ?? {};
  return typeof path === "string" && Array.isArray(tools);
}

/** What is wrong with something that should be a tool: the end of a sentence about it. */
export function toolProblem(given: unknown): string | undefined {
  const tool = objectOf(given);
  if (!tool) return "must be a tool, as `defineTool` makes it, or a path";
  const { name, description, input, output, timeout, examples, handler } = tool;
  if (typeof name !== "string" || !NAME.test(name))
    return `needs a \`name\` of 1 to 128 letters, digits, "_", "-", "." and "/"`;
  const about = `(\`${name}\`)`;
  if (!stringOf(description)) return `${about} needs a \`description\``;
  if (typeof handler !== "function") return `${about} needs a function \`handler\``;
  if (!isSchema(input))
    return `${about} needs an \`input\` made by zod 4, such as \`z.object({})\``;
  if (output !== undefined && !isSchema(output))
    return `${about} has an \`output\` that is not made by zod 4`;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0 && timeout < 2 ** 31))
    return `${about} has a \`timeout\` that is no number of milliseconds`;
  if (examples !== undefined && !arrayOf(examples))
    return `${about} has \`examples\` that are no list`;
  return undefined;
}

/** Of any copy of zod 4. */
function isSchema(given: unknown): boolean {
  return objectOf(objectOf(given)?.["_zod"]) !== undefined;
}
