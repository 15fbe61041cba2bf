import { H2mError } from "../../errors.ts";
import { seconds } from "../../kit/deadline.ts";

/** No harness of the user's has come within `ms`. A harness that waits for its first prompt asks nothing, and is not seen. */
export function noneAttached(ms: number): H2mError {
  return new H2mError("no-harness", `No harness has attached within ${seconds(ms)}.`, {
    hint: "Start one with a line that `h2m` printed, and type a first prompt in it, such as `hello`: it is seen only then.",
  });
}
