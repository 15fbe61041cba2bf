#!/usr/bin/env node
// `node test/clients/lock.mjs [client …]`: makes the locks anew, after a version of clients.json was changed.
import { CLIENTS, installed, NODE_VERSION } from "./install.mjs";

const names = process.argv.slice(2);
const all = { node: { packages: { node: NODE_VERSION } }, ...CLIENTS };
for (const name of names.length > 0 ? names : Object.keys(all)) {
  const { packages } = all[name];
  if (packages) await installed(name, packages, { write: true });
}
