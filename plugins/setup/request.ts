import {
  type Client,
  type CommandContext,
  didYouMean,
  H2mError,
  type Scope,
  visible,
} from "../../src/plugin.ts";
import { clientOf } from "./clients.ts";

/** What a command line asks for. */
export interface Request {
  readonly client: Client;
  readonly name: string;
  /** `undefined`: none was named. */
  readonly scope: Scope | undefined;
  readonly harness: string | undefined;
  readonly http: boolean;
  readonly remove: boolean;
  readonly dryRun: boolean;
  readonly warm: boolean;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const SCOPES: readonly Scope[] = ["user", "project"];
/** What `--remove` has no use for. */
const OF_ADDING = ["harness", "http", "no-warm", "config", "profile"];

/** @throws H2mError `bad-usage` */
export function readRequest({ words, flags }: Pick<CommandContext, "words" | "flags">): Request {
  const [word, ...more] = words;
  const client = clientOf(word);
  if (more.length > 0)
    throw new H2mError("bad-usage", `\`${visible(more.join(" "))}\` means nothing here.`, {
      hint: `Write \`h2m setup ${client.name} --harness NAME\`.`,
    });
  const remove = flags["remove"] === true;
  const useless = remove && OF_ADDING.find((name) => flags[name] !== undefined);
  if (useless)
    throw new H2mError("bad-usage", `\`--remove\` and \`--${useless}\` exclude each other.`);
  const name = textOf(flags["name"]) ?? "h2m";
  if (!NAME.test(name))
    throw new H2mError("bad-usage", `\`--name\` cannot be \`${visible(name)}\`.`, {
      hint: "Use 1 to 64 letters, digits, _ and -, beginning with a letter or digit.",
    });
  const wanted = textOf(flags["scope"]);
  const scope = SCOPES.find((each) => each === wanted);
  if (wanted !== undefined && !scope)
    throw new H2mError("bad-usage", `There is no scope \`${visible(wanted)}\`.`, {
      hint: didYouMean(wanted, SCOPES),
    });
  return {
    client,
    name,
    scope,
    harness: textOf(flags["harness"]),
    http: flags["http"] === true,
    remove,
    dryRun: flags["dry-run"] === true,
    warm: flags["no-warm"] !== true,
  };
}

function textOf(flag: string | true | undefined): string | undefined {
  return typeof flag === "string" ? flag : undefined;
}
