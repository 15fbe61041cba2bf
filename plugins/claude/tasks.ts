import { type JsonObject, startOf, stringOf } from "../../src/plugin.ts";

/** Most characters of a summary that are told: a command stands in it as it was called. */
const LONGEST = 500;

/** What a `task_notification` of the event stream says, in words for clients (2.1.197, 2.1.332). */
export function endOfTask(event: JsonObject): string | undefined {
  const id = stringOf(event["task_id"]);
  const summary = stringOf(event["summary"]);
  if (id === undefined || summary === undefined) return undefined;
  const file = stringOf(event["output_file"]);
  const where = file ? ` Its output: ${file}` : "";
  const status = stringOf(event["status"]) ?? "over";
  return `The task ${id} in the background is ${status}: ${startOf(summary, LONGEST)}${where}`;
}
