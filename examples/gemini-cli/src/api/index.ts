import { defineApiAdapter } from "harness-to-mcp/plugin";
import { generateEncoder, generateError } from "./encoder.ts";
import { parseGenerate } from "./parse.ts";

/** The Gemini API: `generateContent`, `streamGenerateContent` and `countTokens`. */
export const generateContent = defineApiAdapter({
  name: "generate-content",
  path: "/v1beta/models/:model\\::method(generateContent|streamGenerateContent)",
  keyHeader: "x-goog-api-key",
  parse: parseGenerate,
  encoder: generateEncoder,
  error: generateError,
  endpoints: [
    {
      method: "POST",
      // gemini-cli 0.61 asks before it sends an image.
      path: "/v1beta/models/:model\\:countTokens",
      handle: () => Response.json({ totalTokens: 1 }),
    },
  ],
});
