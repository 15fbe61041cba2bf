import { fromSource } from "../source.mjs";

const { threadOf } = await fromSource("plugins/codex/launch.ts");

/** Codex over its app-server: an item of the reply is a call, `item/completed` the result; its telemetry is not looked at. */
export function driveBare({ write, context }) {
  let next = 1;
  let place = 0;
  const ask = (method, params) => write(JSON.stringify({ id: next++, method, params }));
  ask("initialize", {
    clientInfo: { name: "bench", title: "bench", version: "0" },
    capabilities: { experimentalApi: true, optOutNotificationMethods: ["turn/diff/updated"] },
  });
  write(JSON.stringify({ method: "initialized" }));
  ask("thread/start", threadOf({ cwd: context.cwd, token: "key" }, context));
  return {
    begin: () => [{ type: "response.created", response: { id: "resp_1" } }],
    call: (id, name, args) => {
      const item =
        name === "apply_patch"
          ? { type: "custom_tool_call", name, input: args.input }
          : { type: "function_call", name, arguments: JSON.stringify(args) };
      const done = { id: `item_${id}`, call_id: id, status: "completed", ...item };
      return [{ type: "response.output_item.done", output_index: place++, item: done }];
    },
    heard: (line) => {
      const { result, method, params, error } = JSON.parse(line);
      if (error) throw new Error(error.message);
      if (result?.thread) {
        const input = [{ type: "text", text: "go", text_elements: [] }];
        ask("turn/start", { threadId: result.thread.id, input });
      }
      if (method !== "item/completed") return undefined;
      const { type, aggregatedOutput, status } = params.item;
      if (type === "commandExecution") return aggregatedOutput;
      return type === "fileChange" && status === "completed" ? "Success" : undefined;
    },
  };
}
