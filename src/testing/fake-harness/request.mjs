// One request of the fake harness: over HTTP, streamed or whole, or over WebSocket.
import { config, wire } from "./config.mjs";
import { transport } from "./transport.mjs";
import { sseReader } from "./wires.mjs";

/** Sends one request and reads its reply; `onCall` hears each call as soon as it is complete. `more`: for the body. */
export async function request(state, parts, onCall, more = {}) {
  const body = { ...wire.request(parts), ...more };
  if (config.socket) return socketTurn(state, body, onCall);
  const { stream = true, model = "fake-model" } = parts;
  const path = typeof wire.path === "function" ? wire.path({ model, stream }) : wire.path;
  const control = new AbortController();
  const signal = AbortSignal.any([control.signal, state.control.signal]);
  const { status, texts } = await transport.post(config.origin + path, {
    headers: { "content-type": "application/json", ...headers(state) },
    body: JSON.stringify(body),
    signal,
  });
  if (status !== 200) throw new Error(`HTTP ${status}: ${await whole(texts)}`);
  if (!stream) {
    const reply = wire.whole(JSON.parse(await whole(texts)));
    reply.calls.forEach(onCall);
    return reply;
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
    readStream(texts, onCall).catch((error) =>
      control.signal.aborted ? cut : Promise.reject(error),
    ),
  ]);
}

async function whole(texts) {
  let text = "";
  for await (const part of texts) text += part;
  return text;
}

async function readStream(texts, onCall) {
  const watch = idleWatch();
  const split = sseReader();
  const read = wire.reader();
  let last = { text: "" };
  for await (const text of texts) {
    for (const event of split(text)) {
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
