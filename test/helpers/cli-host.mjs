// A process in which one `h2m` after another runs: loading the program and what compiles a config takes ten times as long as most
// commands do. Each has the standard streams, the folder, the environment and the arguments that a process of its own would have;
// `process.exit` ends the command and not the host. A message from the parent begins one: `{ id, args, cwd, env, input }`.
import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";

const [, , cli] = process.argv;
const { stdout, stderr } = process;
const emitters = [process, stdout, stderr];

process.on("message", (command) => void run(command));
// The parent has gone.
process.on("disconnect", () => process.reallyExit(0));
const before = emitters.map(listenersOf);

async function run({ id, args, cwd, env, input }) {
  process.argv = [process.argv[0], cli, ...args];
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const stdin = new PassThrough();
  stdin.end(input);
  Object.defineProperty(process, "stdin", { value: stdin, configurable: true });
  const code = await new Promise((resolve) => {
    process.exit = resolve;
    // The entry itself once more; what it imports is there.
    import(`${pathToFileURL(cli).href}?${id}`).catch((error) => {
      stderr.write(`${error.stack}\n`);
      resolve("the entry threw");
    });
  });
  for (const stream of [stdout, stderr]) delete stream.write;
  for (const [at, emitter] of emitters.entries()) forgetListeners(emitter, before[at]);
  process.chdir("/");
  // Behind all that was printed.
  for (const stream of [stdout, stderr]) stream.write(`\0${id}\0`);
  process.send({ id, code });
}

function listenersOf(emitter) {
  return new Map(emitter.eventNames().map((name) => [name, emitter.rawListeners(name)]));
}

/** Takes off what a command has put on, as its end would. */
function forgetListeners(emitter, known) {
  for (const name of emitter.eventNames())
    for (const listener of emitter.rawListeners(name))
      if (!known.get(name)?.includes(listener)) emitter.off(name, listener);
}
