import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import { visible } from "../../kit/visible.ts";
import { HELP_TOPICS, helpOf, USAGE } from "../input/usage.ts";

/** `h2m help [<command>]`. @throws H2mError `bad-usage` if there is no such command */
export function help([topic, ...more]: readonly string[]): string {
  if (topic === undefined) return USAGE;
  const wrong = HELP_TOPICS.includes(topic) ? more[0] : topic;
  if (wrong === undefined) return helpOf(topic);
  throw new H2mError("bad-usage", `There is no command \`${visible(wrong)}\` to tell more about.`, {
    hint: didYouMean(wrong, HELP_TOPICS),
  });
}
