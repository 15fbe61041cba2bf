import { builtFolder } from "../../bench/built.mjs";

/** Reads the switches, and builds the program if it is older than its sources: the tests flood what users run. */
export default async function setup() {
  const { H2M_FUZZ: messages = "10000", H2M_FUZZ_SEED: seed = String(newSeed()) } = process.env;
  if (!/^[1-9]\d*$/.test(messages))
    throw new Error(`H2M_FUZZ is a number of messages, such as 100000, not \`${messages}\`.`);
  if (!/^\d+(:\d+)?$/.test(seed))
    throw new Error(`H2M_FUZZ_SEED is <seed> or <seed>:<message>, not \`${seed}\`.`);
  // One seed for all doors.
  Object.assign(process.env, { H2M_FUZZ: messages, H2M_FUZZ_SEED: seed });
  process.stdout.write(
    `${messages} messages; the same again: H2M_FUZZ=${messages} H2M_FUZZ_SEED=${seed}\n`,
  );
  process.env.H2M_DIST ||= await builtFolder();
}

function newSeed() {
  return Math.floor(Math.random() * 1e9);
}
