import {
  type Client,
  type ClientPlace,
  didYouMean,
  H2mError,
  homeFolder,
  MCP_CLIENTS,
  visible,
} from "../../src/plugin.ts";

/** @throws H2mError `bad-usage`, naming the nearest */
export function clientOf(word: string | undefined): Client {
  const names = MCP_CLIENTS.map(({ name }) => name);
  if (word === undefined)
    throw new H2mError("bad-usage", "`h2m setup` needs to know which client.", {
      hint: `Name one: ${names.join(", ")}.`,
    });
  const client = MCP_CLIENTS.find(({ name }) => name === word);
  if (client) return client;
  throw new H2mError("bad-usage", `\`h2m setup\` knows no client \`${visible(word)}\`.`, {
    hint: didYouMean(word, names),
  });
}

/** The place that this process is in. @throws H2mError `bad-usage` without a home folder */
export function placeHere(): ClientPlace {
  const home = homeFolder();
  if (home === undefined)
    throw new H2mError("bad-usage", "You have no home folder.", {
      hint: "Set HOME, or write into the project: `--scope project`.",
    });
  return { home, folder: process.cwd(), env: process.env, platform: process.platform };
}
