import { type CommandContext, H2mError, visible } from "../../src/plugin.ts";

/** `h2m token show|rotate`. @throws H2mError `bad-usage`; `internal` if the file cannot be used */
export async function token({ words, token: kept, print, note }: CommandContext): Promise<void> {
  const [verb, ...more] = words;
  if (more.length === 0 && verb === "show") return print(`${await kept.read()}\n`);
  if (more.length === 0 && verb === "rotate") {
    await kept.renew();
    note(`A new token stands in ${kept.file}.`);
    note(
      "A server that runs keeps the old one until it is started anew. Clients that hold the old one need the new one then: `h2m token show`.",
    );
    return undefined;
  }
  const wrong = visible(more[0] ?? verb ?? "");
  throw new H2mError(
    "bad-usage",
    wrong === ""
      ? "`h2m token` needs to know what to do."
      : `\`h2m token\` cannot do anything with \`${wrong}\`.`,
    { hint: "Write `h2m token show` or `h2m token rotate`." },
  );
}
