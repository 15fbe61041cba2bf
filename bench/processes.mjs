import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const childFile = (name) => fileURLToPath(new URL(`child/${name}`, import.meta.url));

/** A child with a message channel: it says once that it is ready, and then answers each message. */
export class Child {
  #process;
  #exit;
  #waiting;
  /** What it said of itself when it was ready. */
  ready;

  static async start(file, args = [], options = {}) {
    const child = new Child();
    child.#process = fork(childFile(file), args, { stdio: ["ignore", 2, 2, "ipc"], ...options });
    child.#exit = once(child.#process, "exit");
    child.#process.on("message", (message) => child.#waiting?.resolve(message));
    child.#process.on("exit", (code) =>
      child.#waiting?.reject(new Error(`A process of the benchmark ended with code ${code}.`)),
    );
    child.ready = await child.#answer();
    return child;
  }

  /** Microseconds of CPU so far, bytes of memory, and the pids of its harnesses. */
  async usage() {
    const { cpu, rss, hosts } = await this.ask("usage");
    return { cpu: cpu.user + cpu.system, rss, hosts };
  }

  /** One question at a time. */
  ask(question) {
    this.#process.send(question);
    return this.#answer();
  }

  async stop() {
    this.#process.disconnect();
    await this.#exit;
  }

  #answer() {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }
}

/** h2m in a process of its own. */
export function startServer(dist, { config = {}, execArgv = [] } = {}) {
  return Child.start("server.mjs", [dist, JSON.stringify(config)], { execArgv });
}

/** Two plain servers in a row, as h2m and its harness are; the front one is given. */
export async function startRelay() {
  const back = await Child.start("relay.mjs");
  const front = await Child.start("relay.mjs", [urlOf(back)]);
  return {
    url: urlOf(front),
    usage: () => front.usage(),
    stop: async () => {
      await front.stop();
      await back.stop();
    },
  };
}

const urlOf = ({ ready }) => `http://127.0.0.1:${ready.port}/`;
