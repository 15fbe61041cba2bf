import { BlockList, isIP } from "node:net";
import { plainAddress } from "./address.ts";

/** Proxies whose word counts for which host a client named: `server.trustProxy`. Everybody else may write into a header what he likes. */
export class Proxies {
  readonly #named = new BlockList();

  /** @param list addresses (`10.0.0.7`, `::1`) and networks (`10.0.0.0/8`) */
  constructor(list: readonly string[]) {
    for (const each of list) {
      const [address = "", bits] = each.split("/");
      if (bits === undefined) this.#named.addAddress(address, familyOf(address));
      else this.#named.addSubnet(address, Number(bits), familyOf(address));
    }
  }

  /**
   * The host that a client named to the outermost trusted proxy. `peer`: the other end of the connection. Each proxy adds what it
   * saw at the end of `X-Forwarded-For` and `X-Forwarded-Host`: from there we go back as long as the one who says so is trusted, and
   * no further, since what stands before it the client may have written. `undefined`: it came without a proxy that says so.
   */
  hostNamedTo(peer: string | undefined, headers: Headers): string | undefined {
    if (!this.#trusts(peer)) return undefined;
    let hops = 1;
    for (const said of listOf(headers.get("x-forwarded-for")).toReversed()) {
      if (!this.#trusts(said.replace(/^\[(.*)\]$/, "$1"))) break;
      hops++;
    }
    const hosts = listOf(headers.get("x-forwarded-host"));
    return hosts[Math.max(0, hosts.length - hops)];
  }

  #trusts(address: string | undefined): boolean {
    if (address === undefined) return false;
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && this.#named.check(plain, familyOf(plain));
  }
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

function listOf(header: string | null): string[] {
  return (header ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
