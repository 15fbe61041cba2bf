// Runs a program whose standard output is rough: `node noisy.mjs <program> <argument>…`
import { spawn } from "node:child_process";
import { garbage, roughen } from "./noise.mjs";

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["inherit", "pipe", "inherit"] });
const { hear, done } = roughen((bytes) => process.stdout.write(bytes), { end: "\n", garbage });
child.stdout.on("data", hear);
process.stdout.on("error", () => {});
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => child.kill(signal));
child.on("close", async (code) => {
  await done();
  process.exit(code ?? 1);
});
