import { H2mError } from "../errors.ts";
import { isCrowded } from "../kit/crowded.ts";
import { parseJson } from "../kit/json.ts";

/** Most values in the JSON of a request: a history of 2,000 calls, the longest one that h2m lets grow, has some 50,000. */
const MAX_VALUES = 500_000;

/** The JSON that a harness sent. @throws H2mError `bad-request`, or `too-large` for more values than could be read in time */
export function readJson(text: string, what: "body" | "message"): unknown {
  if (isCrowded(text, MAX_VALUES)) {
    const limit = `more than ${MAX_VALUES.toLocaleString("en")} values`;
    throw new H2mError("too-large", `The ${what} has ${limit} in it.`);
  }
  try {
    return parseJson(text);
  } catch (cause) {
    throw new H2mError("bad-request", `The ${what} is not JSON.`, { cause });
  }
}
