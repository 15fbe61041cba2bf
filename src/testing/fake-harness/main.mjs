#!/usr/bin/env node
// A harness with invented tools. It speaks the LLM API that its config names, runs each call as soon as it stands in the
// stream, and can be told to misbehave: by its config, or by the tool that is called. See `../fake.ts` for the config.
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { config } from "./config.mjs";
import { request } from "./request.mjs";
import { allTools, runTool } from "./tools.mjs";

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
/** Names of all calls that were ever run, in their order. */
const log = [];
const running = new Map();

if (config.exit) {
  process.stderr.write(config.exit.stderr ?? "");
  process.exit(config.exit.code);
}
if (config.delay) await sleep(config.delay);
// Answers nothing and asks nothing, but lives.
if (config.mute) setInterval(() => {}, 60_000);
else if (config.driver) await driven();
else await agent({ token: config.token, prompt: config.prompt, conversation: "root" });

/** Prompts come on the standard input; its end is ours. */
async function driven() {
  const agents = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const { open, close, cancel } = JSON.parse(line);
    if (open) {
      const control = new AbortController();
      agents.set(open.conversation, control);
      agent({ ...open, control }).catch(fatal);
    }
    if (close) agents.get(close)?.abort();
    if (cancel) running.get(cancel)?.abort();
  }
  process.exit(0);
}

function fatal(error) {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}

/** One conversation: request, run what the reply asks for, request again, until a reply asks for nothing. */
async function agent({ token, prompt, conversation, env = {}, control = new AbortController() }) {
  const state = {
    token,
    env: { ...process.env, ...env },
    conversation,
    control,
    tools: allTools(config.tools),
    history: [{ user: prompt }],
    requests: 0,
    log,
    side: (kind) => side(state, kind),
  };
  state.root = state;
  for (const kind of config.first ?? []) await side(state, kind);
  let calls;
  do {
    const pending = [];
    let inTurn = 0;
    state.requests++;
    const reply = await request(state, rootParts(state), (call) => {
      inTurn++;
      const control_ = new AbortController();
      running.set(call.id, control_);
      log.push(call.name);
      const at = {
        request: state.requests,
        get calls() {
          return inTurn;
        },
      };
      const done = runTool(call, { state, config, at, signal: control_.signal }).then((result) => {
        running.delete(call.id);
        if (config.driver && result && !hushed(call))
          print({ result: { callId: call.id, result } });
        return { call, result };
      });
      pending.push(done);
    }).catch((error) => {
      if (control.signal.aborted) return undefined;
      throw error;
    });
    if (!reply) return;
    calls = await Promise.all(pending);
    if (config.order === "reverse") calls.reverse();
    if (calls.length > 0) {
      state.history.push(
        { calls: calls.map(({ call }) => call) },
        {
          results: calls.filter(
            ({ call, result }) => result && !(config.drop ?? []).includes(call.name),
          ),
        },
      );
    }
    state.reply = reply.id;
  } while (calls.length > 0);
  print({ end: conversation });
}

/** Results of these tools are not told early. */
function hushed(call) {
  return [...(config.hush ?? []), ...(config.drop ?? [])].includes(call.name);
}

function rootParts(state) {
  const parts = {
    history: state.history,
    tools: state.tools,
    stream: config.stream,
    system: "Be a fake.",
  };
  if (!config.socket || !state.reply) return parts;
  // Over WebSocket only what is new is sent; our own calls stand in the reply that is continued.
  return { ...parts, history: state.history.slice(-1), previous: state.reply };
}

/** A request that has nothing to do with the root's turn; gives the text of its answer. */
async function side(state, kind) {
  const texts = {
    title: "Write a title.",
    subagent: "You are a helper.",
    compaction: "Summarize all this.",
  };
  const own = [{ user: texts[kind] ?? "Hello." }];
  const history = kind === "compaction" ? [...state.history, ...own] : own;
  const tools =
    kind === "subagent" ? state.tools.slice(0, 2) : kind === "prewarm" ? state.tools : [];
  const found = await request(
    { ...state, agent: kind === "subagent" ? "helper" : undefined },
    { history, tools, system: `Be a ${kind}.`, stream: kind === "whole" ? false : undefined },
    () => {
      throw new Error("A side turn was given a call.");
    },
    kind === "prewarm" ? { generate: false } : {},
  );
  return found.text;
}
