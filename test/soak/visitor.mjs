// One client after the other: each opens a session, makes mixed calls in it, and goes. Every call carries a mark of its own.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

/** What a call may be told when its harness was killed, or its session gave way. */
const LAWFUL = [
  /ended by SIGKILL/,
  /may or may not have run/,
  /times in a row/,
  /no such MCP session|Session not found|Failed to terminate session/,
  /The session has ended/,
  /No session belongs to this request/,
  /sessions are open, all of them in use/,
];

/** Opens a session, makes one call, and closes it in order. */
export async function passBy({ url, token, mark, tally, wrong }) {
  const { client, transport } = newClient(`${url}/crowd`, token);
  try {
    await client.connect(transport);
    tally.sessions++;
    const options = { timeout: 180_000 };
    const { content } = await client.callTool({ name: "echo", arguments: { text: mark } }, options);
    tally.calls++;
    if (content[0]?.text !== mark) wrong.push(`${mark}: echo gave ${JSON.stringify(content)}`);
    await transport.terminateSession();
  } catch (error) {
    // Nobody is killed now: nothing may be told.
    wrong.push(`${mark}: ${error?.message ?? error}`);
  } finally {
    await client.close().catch(() => {});
  }
}

/** Ends with the calls of one visit. `tally` counts, `wrong` collects what must not be. */
export async function visit({ url, token, harness, chance, mark, tally, wrong }) {
  const modern = chance() < 0.25;
  // The modern ones share a few sessions, the others have their own.
  const path = modern ? `/${harness}/shared_${Math.floor(chance() * 4)}` : `/${harness}`;
  // Half of them have a person, who takes a moment, and says no to one question in ten.
  const person =
    chance() < 0.5
      ? async () => {
          await new Promise((resolve) => setTimeout(resolve, chance() * 50));
          return { action: chance() < 0.9 ? "accept" : "decline", content: {} };
        }
      : undefined;
  const { client, transport } = newClient(url + path, token, modern, person);
  try {
    await client.connect(transport);
    tally.sessions++;
    const rounds = 1 + Math.floor(chance() * 5);
    for (let round = 0; round < rounds; round++) {
      const together = chance() < 0.3 ? 3 : 1;
      const calls = Array.from({ length: together }, (_, place) =>
        call(client, chance, `${mark}.${round}.${place}`, tally, wrong),
      );
      await Promise.all(calls);
    }
    // Some go without a word.
    if (!modern && chance() < 0.8) await transport.terminateSession();
  } catch (error) {
    judge(error, tally, wrong, mark);
  } finally {
    await client.close().catch(() => {});
  }
}

function newClient(url, token, modern = false, person = undefined) {
  const client = new Client(
    { name: "soak", version: "1" },
    {
      ...(person ? { capabilities: { elicitation: { form: {} } } } : {}),
      ...(modern ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {}),
    },
  );
  if (person) client.setRequestHandler("elicitation/create", person);
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  return { client, transport: new StreamableHTTPClientTransport(new URL(url), { requestInit }) };
}

async function call(client, chance, mark, tally, wrong) {
  const kind = chance();
  const control = new AbortController();
  const options = { signal: control.signal, timeout: 180_000 };
  const run = async (name, args, expected) => {
    const result = await client.callTool({ name, arguments: args }, options);
    const [block] = result.content;
    tally.calls++;
    if (block?.text?.startsWith("The user declined")) return void tally.declined++;
    if (!expected(block?.text, result.isError ?? false)) {
      wrong.push(`${mark}: ${name} gave ${JSON.stringify(result).slice(0, 200)}`);
    }
  };
  try {
    if (kind < 0.45) await run("echo", { text: mark }, (text, bad) => text === mark && !bad);
    else if (kind < 0.6) {
      const ms = Math.floor(chance() * 200);
      await run("slow", { ms, text: mark }, (text, bad) => text === mark && !bad);
    } else if (kind < 0.7) await run("fail", { text: mark }, (text, bad) => text === mark && bad);
    else if (kind < 0.8) {
      const text = `${mark} ${"x".repeat(Math.floor(chance() * 100_000))}`;
      await run("echo", { text }, (found) => found === text);
    } else if (kind < 0.88) {
      await run("detach", {}, (text) => Number(text) > 1);
    } else {
      const timer = setTimeout(() => control.abort(), chance() * 300);
      await run("slow", { ms: 20_000, text: mark }, () => false).finally(() => clearTimeout(timer));
    }
  } catch (error) {
    if (control.signal.aborted) tally.cancelled++;
    else judge(error, tally, wrong, mark);
  }
}

function judge(error, tally, wrong, mark) {
  const text = `${error?.message ?? error} ${error?.cause?.message ?? ""}`;
  const [lawful] = LAWFUL.flatMap((pattern) => pattern.exec(text)?.[0] ?? []);
  if (lawful) tally.told.set(lawful, (tally.told.get(lawful) ?? 0) + 1);
  else wrong.push(`${mark}: ${text.slice(0, 300)}`);
}
