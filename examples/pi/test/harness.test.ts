import { describeHarness } from "harness-to-mcp/testing";
import { pi } from "../src/index.ts";

describeHarness(pi, { install: { command: "/opt/bin/pi", version: "0.73.1" } });
