import { builtFolder } from "../../bench/built.mjs";

/** Builds the program if it is older than its sources: the tests flood what users run. */
export default async function setup() {
  process.env.H2M_DIST ||= await builtFolder();
}
