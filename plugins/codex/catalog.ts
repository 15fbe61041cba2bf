import { arrayOf, type JsonObject, objectOf, parseObject } from "../../src/plugin.ts";

/** The name of the model that h2m describes to codex: no real one has it. */
export const MODEL = "h2m";

/**
 * An entry for {@link MODEL}, made of the catalog that codex brings along (`codex debug models --bundled`).
 * The entry decides the tool list: an unknown model gets no `apply_patch`, the newest ones get all tools hidden in a script
 * runner (codex 0.169). `undefined`: no entry has a patch tool.
 */
export function modelOf(bundled: string): JsonObject | undefined {
  const all = (arrayOf(parseObject(bundled)?.["models"]) ?? [])
    .map(objectOf)
    .filter((model) => model !== undefined)
    .filter((model) => model["apply_patch_tool_type"] === "freeform")
    .filter((model) => model["shell_type"] !== "disabled");
  const best = all.find(isPlain) ?? all.find(hasImages) ?? all[0];
  if (!best) return undefined;
  return {
    ...best,
    slug: MODEL,
    display_name: MODEL,
    // Without it codex proposes a newer model.
    upgrade: null,
    // With it tools are left out until a search finds them.
    supports_search_tool: false,
    // Each of these hides tools from the list of the request.
    use_responses_lite: false,
    tool_mode: null,
    multi_agent_version: null,
  };
}

/** It lists its tools one by one, and takes images. */
function isPlain(model: JsonObject): boolean {
  return model["use_responses_lite"] !== true && model["tool_mode"] == null && hasImages(model);
}

function hasImages(model: JsonObject): boolean {
  return (arrayOf(model["input_modalities"]) ?? []).includes("image");
}
