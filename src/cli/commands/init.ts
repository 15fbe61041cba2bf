import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { trustConfig } from "../../config/trust/trust.ts";
import { didYouMean } from "../../kit/did-you-mean.ts";
import { H2mError } from "../../errors.ts";
import { visible } from "../../kit/visible.ts";
import { harnessNames } from "../../built-in.ts";
import { print } from "../output/output.ts";
import { shipped } from "./shipped.ts";
import { trustList } from "../input/trust-list.ts";

const NAMES = ["h2m.config.ts", "h2m.config.mjs", "h2m.config.js", "h2m.config.json"];
const EXAMPLE = "h2m.config.example.ts";
/** The line of the example that is for those who copy it by hand. */
const HEAD = /^.*\n/;
const HARNESSES = 'harnesses: ["claude"]';

/**
 * `h2m init [<harness>]`: writes a commented `h2m.config.ts` into the folder. @default harness "claude"
 * @throws H2mError `bad-usage` if there is a config already, or no such harness; `untrusted` if other users may change what was written
 */
export async function init(words: readonly string[], stdout: Writable): Promise<number> {
  const [harness = "claude", ...more] = words;
  const known = harnessNames();
  if (more.length > 0) {
    const extra = visible(more.join(" "));
    throw new H2mError(
      "bad-usage",
      `\`h2m init\` takes one harness at most, not also \`${extra}\`.`,
      {
        hint: "Several stand in `harnesses` of the file that it writes.",
      },
    );
  }
  if (!known.includes(harness)) {
    throw new H2mError("unknown-harness", `There is no harness \`${visible(harness)}\`.`, {
      hint: didYouMean(harness, known),
    });
  }
  const folder = process.cwd();
  const there = NAMES.find((name) => existsSync(join(folder, name)));
  if (there !== undefined) {
    throw new H2mError("bad-usage", `There is a \`${there}\` already; it stays as it is.`, {
      hint: "Move it away, or go to another folder.",
    });
  }
  const [file = ""] = NAMES;
  const text = (await readFile(shipped(EXAMPLE), "utf8"))
    .replace(
      HEAD,
      "// Every key may be left out; each stands here with its default, except `harnesses`.\n",
    )
    .replace(HARNESSES, `harnesses: ["${harness}"]`);
  // Not over one that was made this very moment.
  await writeFile(join(folder, file), text, { flag: "wx" });
  await print(stdout, `${join(folder, file)}\n`);
  await trustConfig(join(folder, file), trustList());
  await print(
    stdout,
    "You trust this folder now. Edit the file, then run `h2m` here, or `h2m tools` to see what clients will see.\n",
  );
  return 0;
}
