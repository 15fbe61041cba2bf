import { createServer } from "node:http";
import { findProgram } from "../../src/plugin.ts";
import { type Browser, chromium } from "playwright-core";

/** The page's own name: not loopback, though it leads there, as with a name of the attacker's own. */
export const FOREIGN = "evil.example.test";
/** A name of the attacker's that leads to h2m itself: DNS rebinding. */
export const REBOUND = "rebound.example.test";

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  // A browser of its own asks the network for many things.
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--host-resolver-rules=MAP ${FOREIGN} 127.0.0.1, MAP ${REBOUND} 127.0.0.1`,
];

/** A Chromium of this machine. @throws if there is none */
export async function openBrowser(): Promise<Browser> {
  const named = process.env["H2M_CHROMIUM"];
  const found = named ?? (await findProgram("chromium")) ?? (await findProgram("google-chrome"));
  if (found === undefined)
    throw new Error("No Chromium on PATH: install one, or set H2M_CHROMIUM to its program.");
  // Root has no sandbox in it.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: found, args: [...FLAGS, ...sandbox] });
}

export interface Site {
  readonly port: number;
  close(): Promise<void>;
}

/** A web server with one page that says nothing. */
export async function openSite(): Promise<Site> {
  const server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>a page</title>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** What one try of a page came to: what it could read, or why it could not. */
export interface Try {
  readonly how: string;
  /** An answer whose text the page can read, or a stream or socket that opened. */
  readonly got?: string;
}

/** Runs inside the page: every way in which a page can send something to `root`, with the bodies that would do harm. */
export async function tryAll(bait: {
  root: string;
  call: string;
  turn: string;
  key: string;
}): Promise<Try[]> {
  const { root, call, turn, key } = bait;
  const tries: Try[] = [];
  const note = (how: string, got?: string) =>
    tries.push(got === undefined ? { how } : { how, got });
  const paths = [
    ["/mcp", call],
    ["/harness_to_mcp/mcp", call],
    ["/mcp/fake", call],
    ["/mcp/fake/shared", call],
    ["/harness_to_mcp/v1/messages", turn],
    ["/harness_to_mcp/v1/responses", turn],
    ["/harness_to_mcp/v1/chat/completions", turn],
    ["/harness_to_mcp/reload", "{}"],
    ["/reload", "{}"],
  ] as const;
  const types = ["text/plain", "application/x-www-form-urlencoded", "application/json", undefined];

  for (const [path, body] of paths) {
    for (const type of types) {
      for (const mode of ["cors", "no-cors"] as const) {
        const how = `fetch ${mode} ${path} as ${type ?? "bytes"}`;
        try {
          const headers: Record<string, string> =
            type === undefined ? {} : { "content-type": type };
          if (mode === "cors" && type === "application/json")
            headers["authorization"] = `Bearer ${key}`;
          const sent = type === undefined ? new Blob([body]) : body;
          const answer = await fetch(root + path, { method: "POST", mode, headers, body: sent });
          // An answer that cannot be read is none for the page; what the server did is looked at there.
          note(
            how,
            answer.type === "opaque" ? undefined : `${answer.status} ${await answer.text()}`,
          );
        } catch {
          note(how);
        }
      }
    }
    note(`beacon ${path}`, undefined);
    navigator.sendBeacon(root + path, new Blob([body], { type: "text/plain" }));
  }

  for (const path of ["/mcp", "/mcp/fake/shared", "/harness_to_mcp/mcp", "/health"]) {
    const opened = await new Promise<boolean>((resolve) => {
      const source = new EventSource(root + path);
      source.onopen = () => resolve(true);
      source.onerror = () => resolve(false);
      setTimeout(() => resolve(false), 2_000);
    });
    note(`EventSource ${path}`, opened ? "opened" : undefined);
  }

  const socketRoot = root.replace("http", "ws");
  for (const path of ["/harness_to_mcp/v1/responses", "/mcp", "/nothing"]) {
    for (const protocols of [[], ["mcp"], [`openai-insecure-api-key.${key}`]]) {
      const opened = await new Promise<boolean>((resolve) => {
        const socket = new WebSocket(socketRoot + path, protocols);
        socket.onopen = () => {
          socket.send(turn);
          resolve(true);
        };
        socket.onerror = () => resolve(false);
        setTimeout(() => resolve(false), 2_000);
      });
      note(`WebSocket ${path} ${protocols.join()}`, opened ? "opened" : undefined);
    }
  }

  // Forms and frames: what they send comes without a script's hand, and their answers go to a frame.
  for (const [path, body] of paths) {
    for (const encoding of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
    ]) {
      const frame = document.createElement("iframe");
      frame.name = `frame-${tries.length}`;
      document.body.append(frame);
      const form = document.createElement("form");
      Object.assign(form, {
        method: "post",
        action: root + path,
        target: frame.name,
        enctype: encoding,
      });
      const field = document.createElement("input");
      // The name and the value are joined by "=": together they are the JSON.
      field.name = `${body.slice(0, -1)},"x":"`;
      field.value = '"}';
      form.append(field);
      document.body.append(form);
      const loaded = new Promise((resolve) => {
        frame.onload = resolve;
        setTimeout(resolve, 500);
      });
      form.submit();
      await loaded;
      let read: string | undefined;
      try {
        read = frame.contentDocument?.body?.textContent || undefined;
      } catch {
        read = undefined;
      }
      note(`form ${path} as ${encoding}`, read);
    }
  }

  for (const tag of ["img", "script", "link", "object"] as const) {
    const element = document.createElement(tag);
    Object.assign(element, { src: `${root}/mcp`, data: `${root}/mcp`, href: `${root}/mcp` });
    if (tag === "link") (element as HTMLLinkElement).rel = "stylesheet";
    document.body.append(element);
    note(`<${tag}>`);
  }
  return tries;
}
