import { afterAll, beforeAll, describe } from "vitest";
import { clientCases } from "./client-cases.ts";
import { hostCases } from "./host-cases.ts";
import { HARNESSES } from "./shells.ts";
import { Stage } from "./stage.ts";
import { streamCases } from "./stream-cases.ts";

// One server for all cases of a harness: each leaves a harness behind that works, as a user's would have to.
describe.each(HARNESSES)("%s, for real:", (harness) => {
  let stage: Stage;
  const on = () => stage;

  beforeAll(async () => {
    stage = await Stage.open(harness);
    await stage.echo("here");
  });
  // Compares processes, open files, connections and folders with those before.
  afterAll(() => stage?.end());

  clientCases(on);
  streamCases(on);
  hostCases(on);
});
