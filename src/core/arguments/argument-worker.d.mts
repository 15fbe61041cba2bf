/** In `workerData`: this thread is here to check. */
export const ROLE: string;

/** Checks a value. */
export type Validate = (args: unknown) => boolean;

/** A function that checks (draft-07 or 2020-12). @throws if the schema is none */
export function validatorOf(schema: object): Validate;

/** Each thing that is wrong with the arguments, in words. */
export function faultsBy(validate: Validate, args: unknown): string[];
