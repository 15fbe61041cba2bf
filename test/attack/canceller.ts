// The client of the attack by cancelled calls, in a process of its own: its connections end with it, so that what is open at the
// server afterwards is the server's own. `canceller.ts URL TOKEN ERA COUNT`
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Era, type Person } from "../helpers/clients.ts";

/** So many at once. */
const AT_ONCE = 20;

/** A person who is asked, and never says anything. */
const silent: Person = () => new Promise(() => {});

const [url = "", token = "", era = "v1", count = "0"] = process.argv.slice(2);
const client = await connect(era as Era, url, token, { person: silent });
await client.names();
let left = Number(count);
const one = async () => {
  while (left-- > 0) {
    const control = new AbortController();
    const call = client.call("echo", { text: "x" }, { signal: control.signal });
    const failed = call.catch(() => {});
    // From before it is sent to after the question.
    await sleep(left % 16);
    control.abort();
    // The client of 2026 (SDK 2.4) does not hear of an abort between an answer that asks and its person, who says nothing.
    await Promise.race([failed, sleep(2_000)]);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, one));
await client.end();
// What it asked a person is never answered.
process.exit(0);
