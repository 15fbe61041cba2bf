import { BlockList, isIP } from "node:net";
import { plainAddress } from "./address.ts";

/** Tells whether an address is one of these, or in one of these networks. */
export function proxies(named: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const each of named) {
    const [address = "", bits] = each.split("/");
    const kind = isIP(address) === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, kind);
    else list.addSubnet(address, Number(bits), kind);
  }
  return (address) => {
    const plain = plainAddress(address);
    return named.length > 0 && list.check(plain, isIP(plain) === 4 ? "ipv4" : "ipv6");
  };
}
