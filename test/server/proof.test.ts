import { once } from "node:events";
import { createServer as createHttp } from "node:http";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { RunningServer } from "../../src/cli/server/running-server.ts";
import { plainAddress } from "../../src/server/address.ts";
import { endsOf, proverOf } from "../../src/server/proof.ts";
import { atEnd, serve, TOKEN } from "../helpers/server.ts";
import { failure } from "../helpers/until.ts";

/** Another address of this machine, on which whoever comes first listens at the port of our server too. */
const OTHER = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === "::1"),
)
  ? "::1"
  : "127.0.0.2";

/** Passes connections on to a port of 127.0.0.1, and keeps what it heard. */
async function relay(to: number, host: string, port: number) {
  const heard: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const real = connect({ port: to, host: "127.0.0.1" });
    sockets.push(client, real);
    for (const socket of [client, real]) socket.on("error", () => socket.destroy());
    client.on("data", (part) => heard.push(String(part)));
    client.pipe(real).pipe(client);
  });
  server.listen(port, host);
  await once(server, "listening");
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { heard, port: (server.address() as AddressInfo).port };
}

const portOf = (url: string) => Number(new URL(url).port);

describe("the token of `h2m reload`", () => {
  it("goes to the server over the connection on which it has shown that it knows it", async () => {
    const h2m = await serve();
    const port = portOf(h2m.mcpUrl);

    const answer = await new RunningServer("127.0.0.1", port, TOKEN).post("/reload", {});

    // Nothing to read anew: the route has been reached.
    expect(answer).toMatchObject({ status: 409 });
  });

  it("goes to a server on every address of both kinds", async () => {
    const h2m = await serve({ server: { host: "::", allowedHosts: ["127.0.0.1"] } });
    const port = portOf(h2m.mcpUrl);

    for (const host of ["127.0.0.1", ...(OTHER === "::1" ? ["::1"] : [])]) {
      const answer = await new RunningServer(host, port, TOKEN).post("/reload", {});
      expect([host, answer.status]).toEqual([host, 409]);
    }
  });

  it("goes to nobody who has the challenge answered by the server", async () => {
    const h2m = await serve();
    const port = portOf(h2m.mcpUrl);
    const { heard } = await relay(port, OTHER, port);

    const refused = await failure(new RunningServer(OTHER, port, TOKEN).post("/reload", {}));

    expect(heard.join()).toContain("h2m-challenge");
    expect(heard.join()).not.toContain(TOKEN);
    expect(refused.message).toContain("something passes it on, so the token was not told");
  });

  it("goes through no mapped port, and says what to do instead", async () => {
    const h2m = await serve();
    const { heard, port } = await relay(portOf(h2m.mcpUrl), "127.0.0.1", 0);

    const refused = await failure(new RunningServer("127.0.0.1", port, TOKEN).post("/reload", {}));

    expect(heard.join()).not.toContain(TOKEN);
    expect(refused).toMatchObject({
      code: "unauthorized",
      message: expect.stringContaining(`127.0.0.1:${port}`) as string,
      hint: expect.stringContaining("docker exec NAME h2m reload") as string,
    });
  });

  it("goes over no second connection", async () => {
    const heard: string[] = [];
    const server = createHttp(async (request, response) => {
      heard.push(JSON.stringify(request.headers));
      const challenge = String(request.headers["h2m-challenge"]);
      const proof = await proverOf(TOKEN)(challenge, endsOf(request.socket, "server")!);
      response.setHeader("h2m-proof", `${proof.connection}.${proof.word}`);
      response.setHeader("connection", "close").end("{}");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    atEnd(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;

    const refused = await failure(new RunningServer("127.0.0.1", port, TOKEN).post("/x", {}));

    expect(refused.message).toContain("it ended the connection");
    expect(heard).toHaveLength(1);
    expect(heard.join()).not.toContain(TOKEN);
  });
});

it.each([
  ["127.0.0.1", "127.0.0.1"],
  ["::ffff:127.0.0.1", "127.0.0.1"],
  ["::FFFF:127.0.0.1", "127.0.0.1"],
  ["::1", "::1"],
  ["fe80::1%eth0", "fe80::1"],
])("the address %s is called %s", (address, plain) => {
  expect(plainAddress(address)).toBe(plain);
});
