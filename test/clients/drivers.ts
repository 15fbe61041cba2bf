import * as agents from "./agents.ts";
import type { Driver } from "./driver.ts";
import { CLIENTS, modulesOf } from "./install.mjs";
import { library } from "./libraries.ts";
import { inspector, mcporter } from "./tools.ts";

const DRIVERS: Readonly<Record<string, Driver>> = {
  ...agents,
  mcporter,
  inspector,
};

/** How the client of a name is used. @throws Error if nobody has told how */
export function driverOf(name: string): Driver {
  const client = CLIENTS[name];
  const driver = client?.library ? library(name, modulesOf(name)) : DRIVERS[name];
  if (!driver) throw new Error(`There is no client \`${name}\` in drivers.ts.`);
  return driver;
}
