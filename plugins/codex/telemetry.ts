import { arrayOf, type JsonObject, objectOf, stringOf } from "../../src/plugin.ts";

/** Where codex posts its telemetry, below `<origin>/hosts/`. */
export const TELEMETRY = "v1/logs";

/** What the telemetry of codex 0.169 says of a call that has ended, or has yielded. */
export interface Report {
  readonly callId: string;
  readonly threadId: string | undefined;
  readonly success: boolean;
  /** What the tool gave, before codex cuts it for a model; at most 2 KiB of it. */
  readonly text: string;
  /** There is more than `text`. */
  readonly cut: boolean;
}

/** The `otel` table of `config.toml` that makes codex post its telemetry to h2m. The file is 0600: the key is in no environment and no argument. */
export function telemetryConfig(origin: string, token: string): JsonObject {
  const endpoint = `${origin}/hosts/${TELEMETRY}`;
  const headers = { authorization: `Bearer ${token}` };
  return {
    environment: "h2m",
    log_user_prompt: false,
    exporter: { "otlp-http": { endpoint, protocol: "json", headers } },
  };
}

/** The results of calls in one post of OTLP logs. */
export function reportsIn(body: unknown): Report[] {
  const records = objectsOf(objectOf(body)?.["resourceLogs"])
    .flatMap((each) => objectsOf(each["scopeLogs"]))
    .flatMap((each) => objectsOf(each["logRecords"]));
  return records.map(reportOf).filter((each) => each !== undefined);
}

function reportOf(record: JsonObject): Report | undefined {
  const values = new Map<unknown, unknown>();
  for (const { key, value } of objectsOf(record["attributes"]))
    values.set(key, Object.values(objectOf(value) ?? {})[0]);
  const callId = stringOf(values.get("call_id"));
  if (values.get("event.name") !== "codex.tool_result" || callId === undefined) return undefined;
  const text = stringOf(values.get("output")) ?? "";
  const success = String(values.get("success")) === "true";
  const threadId = stringOf(values.get("conversation.id"));
  return {
    callId,
    threadId,
    success,
    text,
    cut: String(values.get("output_truncated")) === "true",
  };
}

function objectsOf(value: unknown): JsonObject[] {
  return (arrayOf(value) ?? []).map(objectOf).filter((each) => each !== undefined);
}
