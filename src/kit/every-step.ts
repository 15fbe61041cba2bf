import { H2mError } from "../errors.ts";
import { isThenable } from "./thenable.ts";

type Step = () => unknown;

/**
 * Takes the steps of an end one after another, whatever they throw: none keeps the next one from being taken. Until the first
 * one that must be waited for, all of it happens at once.
 * @throws what a step threw, after the last one
 */
export async function everyStep(...steps: readonly Step[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) {
    try {
      const given = step();
      if (isThenable(given)) await given;
    } catch (error) {
      errors.push(error);
    }
  }
  tell(errors);
}

/** The same, but all at once. @throws what a step threw, after all have ended */
export async function allSteps(steps: readonly Step[]): Promise<void> {
  const ends = await Promise.allSettled(steps.map((step) => everyStep(step)));
  tell(ends.flatMap((end) => (end.status === "rejected" ? [end.reason as unknown] : [])));
}

function tell(errors: readonly unknown[]): void {
  const [first] = errors;
  if (errors.length === 0) return;
  if (errors.length === 1) throw first;
  const text = errors.map((error) => H2mError.from(error).message).join(" ");
  throw new H2mError(H2mError.from(first).code, text, { cause: new AggregateError(errors) });
}
