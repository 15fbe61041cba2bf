// One request of the fake harness: over HTTP, streamed or whole, or over WebSocket.
import { Agent, request as httpRequest } from "node:http";
import { config, wire } from "./config.mjs";
import { sseReader } from "./wires.mjs";

/** Sends one request and reads its reply; `onCall` hears each call as soon as it is complete. `more`: for the body. */
export async function request(state, parts, onCall, more = {}) {
  const body = { ...wire.request(parts), ...more };
  if (config.socket) return socketTurn(state, body, onCall);
  const { stream = true, model = "fake-model" } = parts;
  const path = typeof wire.path === "function" ? wire.path({ model, stream }) : wire.path;
  const control = new AbortController();
  const signal = AbortSignal.any([control.signal, state.control.signal]);
  const response = await posted(config.origin + path, headers(state), JSON.stringify(body), signal);
  if (response.statusCode !== 200)
    throw new Error(`HTTP ${response.statusCode}: ${await textOf(response)}`);
  if (!stream) {
    const whole = wire.whole(JSON.parse(await textOf(response)));
    whole.calls.forEach(onCall);
    return whole;
  }
  const cut = new Promise((resolve) => {
    state.hangUp = () => {
      control.abort();
      resolve({ text: "" });
    };
  });
  // An abort is not heard where the body is complete already.
  return Promise.race([
    cut,
    readStream(response, onCall).catch((error) =>
      control.signal.aborted ? cut : Promise.reject(error),
    ),
  ]);
}

/**
 * A kept connection may be closed by the server at the very moment at which a request goes out on it: the libraries of real
 * harnesses try once more where no answer has begun, and so does this one.
 */
async function posted(...request) {
  try {
    return await post(...request);
  } catch (error) {
    const signal = request.at(-1);
    if (signal.aborted || !["ECONNRESET", "EPIPE"].includes(error.code)) throw error;
    return post(...request);
  }
}

const agent = new Agent({ keepAlive: true });

/** Not `fetch`: loading and compiling it takes twice as long as the start of this process, and there are thousands of those. */
function post(url, more, body, signal) {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const own = { "content-type": "application/json", "content-length": length, ...more };
    const outgoing = httpRequest(url, { method: "POST", agent, headers: own });
    // Not as an option: the connection would be ended by it too, when it serves another request.
    const abort = () => outgoing.destroy();
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    outgoing.on("close", () => signal.removeEventListener("abort", abort));
    outgoing.on("response", (response) => resolve(response.setEncoding("utf8")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function textOf(response) {
  let text = "";
  for await (const chunk of response) text += chunk;
  return text;
}

async function readStream(body, onCall) {
  const watch = idleWatch();
  const split = sseReader();
  const read = wire.reader();
  let last = { text: "" };
  for await (const chunk of body) {
    for (const event of split(chunk)) {
      const { counted, found } = read(event);
      if (counted) watch.refresh();
      for (const each of found) {
        if (each.type === "call") onCall(each.call);
        else last = each;
      }
    }
  }
  watch.stop();
  return last;
}

async function socketTurn(state, body, onCall) {
  const { WebSocket } = await import("ws");
  const connect = () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(config.origin.replace("http", "ws") + wire.path, {
        headers: headers(state),
      });
      socket.once("open", () => resolve(socket));
      socket.once("error", reject);
      state.control.signal.addEventListener("abort", () => socket.terminate(), { once: true });
    });
  // A subagent has a connection of its own; a warm-up shares that of the root.
  const socket = state.agent ? await connect() : (state.root.socket ??= await connect());
  return new Promise((resolve, reject) => {
    const watch = idleWatch();
    const read = wire.reader();
    const onClose = () => end(() => reject(new Error("The socket was closed.")));
    const end = (act) => {
      watch.stop();
      socket.off("message", onMessage);
      socket.off("close", onClose);
      act();
    };
    const onMessage = (data) => {
      const { counted, found } = read({ data: String(data) });
      if (counted) watch.refresh();
      for (const each of found) {
        if (each.type === "call") onCall(each.call);
        else end(() => resolve(each));
      }
    };
    socket.on("message", onMessage);
    socket.on("close", onClose);
    socket.send(JSON.stringify({ type: "response.create", ...body }));
  });
}

/** Gives up, as the real ones do, if no event that counts has come for `config.idle` ms. */
function idleWatch() {
  if (!config.idle) return { refresh() {}, stop() {} };
  const timer = setTimeout(() => {
    process.stderr.write(`Nothing that counts came for ${config.idle} ms.\n`);
    process.exit(9);
  }, config.idle);
  return { refresh: () => timer.refresh(), stop: () => clearTimeout(timer) };
}

function headers(state) {
  return {
    ...wire.keyHeader(state.token),
    ...(config.headers
      ? {
          "x-fake-conversation": state.agent ?? state.conversation,
          ...(state.agent
            ? { "x-fake-agent": state.agent, "x-fake-parent": state.conversation }
            : {}),
        }
      : {}),
  };
}
