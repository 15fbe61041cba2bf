import { defineToolMapper, textResult, type ToolMapper } from "harness-to-mcp/plugin";

/**
 * A mapper changes tools on their way out to clients (`list`) and calls on their way in to the harness (`call`).
 * This one refuses calls by their words. It is a railing, not a lock: a shell has other words for the same.
 */
export function denying(texts: readonly string[]): ToolMapper {
  return defineToolMapper({
    name: "deny",
    // The list and its tools belong to others too: give new ones.
    list: (tools) => {
      if (texts.length === 0) return tools;
      // A client's model reads descriptions: it need not find out by trying.
      const rule = `Refused if an argument has: ${texts.join(", ")}.`;
      return tools.map((tool) => ({
        ...tool,
        description: tool.description ? `${tool.description}\n\n${rule}` : rule,
      }));
    },
    // `next` passes a call on, changed or not. Without it this is the answer, and the harness never hears of the call.
    call: (call, next) => {
      const found = texts.find((text) => Object.values(call.arguments).some(has(text)));
      if (found === undefined) return next(call);
      // A tool error, which a model can read and act upon. What is thrown here ends the call as a failure of this plugin.
      return textResult(`\`${found}\` is not allowed here.`, true);
    },
  });
}

function has(text: string): (argument: unknown) => boolean {
  return (argument) => typeof argument === "string" && argument.includes(text);
}
