import {
  conversationKey,
  H2mError,
  NO_MODEL,
  type PathParams,
  type Prompt,
  type SkippedTool,
  type TextReply,
  type Tool,
  type Turn,
  turnId,
} from "harness-to-mcp/plugin";
import { z } from "zod";
import { inputSchemaOf } from "./input-schema.ts";
import { resultsOf } from "./results.ts";
import { type Content, generateRequest, type GenerateRequest } from "./schema.ts";

/** Who asks for JSON (which model to take, who speaks next) reads this as "nothing said" and goes on. */
const NO_MODEL_JSON: TextReply = { type: "text", text: "{}" };

/** Reads a request of the Gemini API; model and method stand in its path. @throws H2mError `bad-request` */
export function parseGenerate(body: unknown, { model, method }: PathParams = {}): Turn {
  const read = generateRequest.safeParse(body);
  if (!read.success) {
    throw new H2mError(
      "bad-request",
      `The body is no request of the Gemini API: ${z.prettifyError(read.error)}`,
    );
  }
  if (!model) throw new H2mError("bad-request", "The path names no model.");
  const request = read.data;
  const { tools, skipped } = toolsOf(request);
  const json = request.generationConfig?.responseMimeType === "application/json";
  return {
    id: turnId(),
    api: "generate-content",
    model,
    stream: method === "streamGenerateContent",
    conversation: conversationKey(request.systemInstruction, request.contents[0]),
    tools,
    skipped,
    results: resultsOf(request.contents),
    prompts: promptsOf(request),
    ...(tools.length === 0 ? { immediate: json ? NO_MODEL_JSON : NO_MODEL } : {}),
    raw: body,
  };
}

function toolsOf(request: GenerateRequest): { tools: Tool[]; skipped: SkippedTool[] } {
  const tools: Tool[] = [];
  const skipped: SkippedTool[] = [];
  for (const { functionDeclarations = [], ...hosted } of request.tools ?? []) {
    // Any other member is a tool that the vendor runs: `googleSearch`, `urlContext`, `codeExecution`.
    for (const type of Object.keys(hosted)) skipped.push({ type });
    for (const declaration of functionDeclarations) {
      const { name, description } = declaration;
      tools.push({
        name,
        ...(description === undefined ? {} : { description }),
        inputSchema: inputSchemaOf(declaration),
      });
    }
  }
  return { tools, skipped };
}

function promptsOf({ systemInstruction, contents }: GenerateRequest): Prompt[] {
  const prompts: Prompt[] = [];
  const system = textIn(systemInstruction);
  if (system) prompts.push({ role: "system", text: system });
  const user = textIn(contents.find(({ role }) => role === undefined || role === "user"));
  if (user) prompts.push({ role: "user", text: user });
  return prompts;
}

function textIn(content: Content | undefined): string {
  return (content?.parts ?? [])
    .flatMap(({ text }) => (text === undefined ? [] : [text]))
    .join("\n");
}
