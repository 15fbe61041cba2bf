import { z } from "zod";

/** The parts of a Gemini API request that we use; everything else passes unread. */
const blob = z.looseObject({ mimeType: z.string(), data: z.string() });

const functionResponse = z.looseObject({
  id: z.string().optional(),
  name: z.string(),
  response: z.looseObject({}).optional(),
  /** Media of the result itself. */
  parts: z.array(z.looseObject({ inlineData: blob.optional() })).optional(),
});

const part = z.looseObject({
  text: z.string().optional(),
  functionResponse: functionResponse.optional(),
  inlineData: blob.optional(),
});

const content = z.looseObject({
  role: z.string().optional(),
  parts: z.array(part).optional(),
});

const declaration = z.looseObject({
  name: z.string(),
  description: z.string().optional(),
  /** JSON Schema. */
  parametersJsonSchema: z.looseObject({}).optional(),
  /** The older form: a subset of OpenAPI, with its types in capitals. */
  parameters: z.looseObject({}).optional(),
});

export const generateRequest = z.looseObject({
  contents: z.array(content),
  systemInstruction: content.optional(),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(declaration).optional() }))
    .optional(),
  generationConfig: z.looseObject({ responseMimeType: z.string().optional() }).optional(),
});

export type GenerateRequest = z.infer<typeof generateRequest>;
export type Content = z.infer<typeof content>;
export type Declaration = z.infer<typeof declaration>;
export type FunctionResponse = z.infer<typeof functionResponse>;
export type Blob = z.infer<typeof blob>;
