import { join } from "node:path";
import { TrustList } from "../../config/trust/trust-list.ts";
import { stateFolder } from "../../server/folders.ts";

/** The folders that this user trusts. */
export function trustList(): TrustList {
  return new TrustList(join(stateFolder(), "trust"));
}
