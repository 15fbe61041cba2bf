/** A client of the 2025 era that keeps nothing but its session: what a balancer has to deal with. */
export class Client {
  #id = 0;

  constructor(url, token) {
    this.url = url;
    this.token = token;
    this.session = undefined;
  }

  /** Begins a session; gives the letter of the server that has it. */
  async begin() {
    this.session = undefined;
    const { response } = await this.#ask("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "deploy", version: "1.0.0" },
    });
    this.session = response.headers.get("mcp-session-id") ?? undefined;
    if (this.session === undefined) throw new Error(`no session: ${response.status}`);
    return this.letter;
  }

  get letter() {
    return this.session?.split("-")[0];
  }

  /** Begins one as soon as a server takes it. */
  async beginAnew(ms = 20_000) {
    const end = Date.now() + ms;
    for (;;) {
      try {
        return await this.begin();
      } catch (error) {
        if (Date.now() > end) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Runs a command; gives its text, or the status and words of a refusal. */
  async command(cmd) {
    const { response, text } = await this.#ask("tools/call", {
      name: "exec_command",
      arguments: { cmd, yield_time_ms: 30_000 },
    });
    return { status: response.status, text };
  }

  async #ask(method, params) {
    const response = await fetch(this.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${this.token}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...(this.session
          ? { "mcp-session-id": this.session, "mcp-protocol-version": "2025-11-25" }
          : {}),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: ++this.#id, method, params }),
    });
    // A stream that is cut is the end of the connection: fetch rejects.
    return { response, text: await response.text() };
  }
}
