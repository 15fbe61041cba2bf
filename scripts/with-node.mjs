// Runs a command with the newer Node of test/clients/clients.json first on PATH: `node scripts/with-node.mjs vitest run`.
import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { NODE_VERSION, nodeFolder } from "../test/clients/install.mjs";

const [command, ...args] = process.argv.slice(2);
if (!command) {
  process.stderr.write("Say what to run: `node scripts/with-node.mjs vitest run`.\n");
  process.exit(2);
}
const folder = await nodeFolder();
process.stderr.write(`On Node ${NODE_VERSION}: ${[command, ...args].join(" ")}\n`);
const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH ?? ""}` };
const child = spawn(command, args, { env, stdio: "inherit" });
child.on("error", (error) => {
  process.stderr.write(`\`${command}\` cannot be started: ${error.message}\n`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
