// What this process of the fake harness was told, and the wire that it speaks.
import { readFileSync } from "node:fs";
import { WIRES } from "./wires.mjs";

export const config = JSON.parse(readFileSync(process.env.FAKE_CONFIG, "utf8"));
export const wire = config.wire ? (await import(config.wire)).default : WIRES[config.api];

if (!wire) {
  process.stderr.write(`The fake harness knows no wire for the API \`${config.api}\`.\n`);
  process.exit(1);
}
