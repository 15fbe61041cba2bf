import { H2mError, type UpstreamOptions } from "../../src/plugin.ts";

/** Another MCP server, with what stands for secrets in its options replaced by them. */
export type Filled = Required<Pick<UpstreamOptions, "args" | "env" | "headers">> &
  Pick<UpstreamOptions, "command" | "url" | "cwd">;

/**
 * `${NAME}` in values of `env`, `headers` and `args` is that variable of our environment: secrets need not stand in the config.
 * @throws H2mError `bad-config` for one that is not set
 */
export function filledOf(name: string, options: UpstreamOptions, variables = process.env): Filled {
  const fill = (text: string, place: string) =>
    text.replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => {
      const found = variables[variable];
      if (found !== undefined) return found;
      throw new H2mError(
        "bad-config",
        `The variable \`${variable}\` is not set, and \`upstream.${name}.${place}\` needs it.`,
        { hint: `Set it in the environment of h2m.` },
      );
    });
  const all = (given: Readonly<Record<string, string>> | undefined, key: string) =>
    Object.fromEntries(
      Object.entries(given ?? {}).map(([inner, text]) => [inner, fill(text, `${key}.${inner}`)]),
    );
  const { command, url, cwd, args = [], env, headers } = options;
  return {
    command,
    url,
    cwd,
    args: args.map((text, place) => fill(text, `args[${place}]`)),
    env: all(env, "env"),
    headers: all(headers, "headers"),
  };
}
