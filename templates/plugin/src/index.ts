import { definePlugin, H2mError, type Plugin } from "harness-to-mcp/plugin";
import { counting } from "./counting.ts";
import { denying } from "./denying.ts";

/** What stands beside the plugin's name in `plugins` of `h2m.config.ts`. */
export interface Options {
  /** Calls with one of these texts in an argument are refused, such as `git push`. @default none */
  readonly deny?: readonly string[];
  /** The route that tells how often each tool was called. @default "/counts" */
  readonly path?: string;
}

/**
 * The default export is what `plugins` finds: a function of options, or the plugin itself where there are none.
 * It runs at the start of h2m. Work that costs something belongs into `setup`.
 */
export default definePlugin((options: Options = {}): Plugin => {
  const { deny, path } = checked(options);
  return {
    // Stands in front of what is told of this plugin. A later plugin of the same name replaces this one.
    name: "h2m-plugin-example",
    // The version of the contracts in `harness-to-mcp/plugin` that this was written for: another h2m refuses it clearly.
    apiVersion: 2,
    mappers: [denying(deny)],
    setup: (h2m) => counting(h2m, path),
  };
});

/** Options come from a file that may be JSON: the types above bind nobody. The hint says what to do. */
function checked({ deny = [], path = "/counts" }: Options): Required<Options> {
  if (!Array.isArray(deny) || !deny.every((each) => typeof each === "string" && each !== ""))
    throw new H2mError("bad-config", "`deny` must be a list of texts.", {
      hint: 'Such as `deny: ["git push"]`.',
    });
  if (typeof path !== "string" || !path.startsWith("/"))
    throw new H2mError("bad-config", "`path` must be a text that begins with `/`.");
  return { deny, path };
}
