// How the fake harness asks over HTTP. Not by `fetch`: loading and compiling that takes longer than the start of this process, and
// a run of the tests has a thousand of those.
import { Agent, request } from "node:http";

/**
 * `post(url, { headers, body, signal })` gives `{ status, texts }`: the texts come as they come. A program that starts the fake
 * harness may put another one here. @throws the connection's error
 */
export const transport = { post: posted };

const agent = new Agent({ keepAlive: true });

/**
 * A kept connection may be closed by the server at the very moment at which a request goes out on it: the libraries of real
 * harnesses try once more where no answer has begun, and so does this one.
 */
async function posted(url, options) {
  try {
    return await post(url, options);
  } catch (error) {
    if (options.signal.aborted || !["ECONNRESET", "EPIPE"].includes(error.code)) throw error;
    return post(url, options);
  }
}

function post(url, { headers, body, signal }) {
  return new Promise((resolve, reject) => {
    const length = { "content-length": Buffer.byteLength(body) };
    const outgoing = request(url, { method: "POST", agent, headers: { ...headers, ...length } });
    // Not as an option of the request: the connection would be ended by it too, when it serves another one.
    const abort = () => outgoing.destroy();
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    outgoing.on("close", () => signal.removeEventListener("abort", abort));
    outgoing.on("response", (response) =>
      resolve({ status: response.statusCode, texts: response.setEncoding("utf8") }),
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
