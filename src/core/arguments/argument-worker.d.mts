/** In `workerData`: this thread is here to check. */
export const ROLE: string;

/** Checks a value. */
export type Validate = (args: unknown) => boolean;

/** A function that checks (draft-07 or 2020-12). @throws if the schema is none */
export function validatorOf(schema: object): Validate;

/** One thing that is wrong with arguments. */
export interface Fault {
  /** A JSON pointer: `/size`; of an argument that is missing, or one too many, its own. */
  readonly path: string;
  readonly text: string;
}

/** Each thing that is wrong with the arguments. */
export function faultsBy(validate: Validate, args: unknown): Fault[];
