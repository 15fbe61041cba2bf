// Given to a program by `--import`: on SIGUSR2 it collects what nobody holds any more, and says how much is left.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
process.on("SIGUSR2", () => {
  collect();
  collect();
  process.stderr.write(`live heap: ${process.memoryUsage().heapUsed} bytes\n`);
});
