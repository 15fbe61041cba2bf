// What the program beside this file is told to do, and how it tells what came of it. A program of a user's own needs none of it.

/** See `Order` in ../driver.ts. */
export const order = JSON.parse(process.env.ORDER);

const control = new AbortController();
/** Aborted when the user presses Ctrl-C. */
export const { signal } = control;
process.once("SIGINT", () => control.abort());

/** A person who says yes to everything. */
export const person = () => ({ action: "accept", content: {} });

/** Tells names of tools, and a result as MCP has it. */
export function answer(tools, result) {
  process.stdout.write(`${JSON.stringify({ tools, result })}\n`);
}

/** Tells that the call threw, as a program sees it. */
export function thrown(error) {
  return {
    content: [{ type: "text", text: `${error.name}: ${error.message}` }],
    isError: "thrown",
  };
}
