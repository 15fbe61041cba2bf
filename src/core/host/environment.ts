/** Variables of our own environment that would lead a harness to another model or hand it a real key. */
const KEPT_BACK =
  /^(H2M_|ANTHROPIC_|CLAUDE|CODEX_|OPENAI_|OPENCODE|AZURE_OPENAI_|GEMINI_|GOOGLE_(API_KEY|GENERATIVE_AI|GEMINI)|GROQ_|MISTRAL_|XAI_|OPENROUTER_|DEEPSEEK_|TOGETHER_|AWS_BEARER_TOKEN_BEDROCK)/;

type Variables = Readonly<Record<string, string | undefined>>;

/** Our environment without LLM keys and `H2M_*`, with the layers laid over it; `undefined` removes. */
export function environmentFor(
  own: Variables,
  ...layers: (Variables | undefined)[]
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !KEPT_BACK.test(name)) result[name] = value;
  }
  for (const layer of layers) {
    for (const [name, value] of Object.entries(layer ?? {})) {
      if (value === undefined) delete result[name];
      else result[name] = value;
    }
  }
  return result;
}
