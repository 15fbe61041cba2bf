import { expect, it } from "vitest";
import { isBadPort } from "../../src/kit/bad-ports.ts";

/** Whether `fetch` of this Node connects with a port at all. */
async function isRefused(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(2_000);
  const error = await fetch(`http://127.0.0.1:${port}/`, { signal }).catch((cause) => cause);
  return error instanceof Error && /bad port/.test(String(error.cause));
}

it("knows the ports that `fetch` refuses, and no others near them", async () => {
  const ports = [
    1, 21, 22, 24, 110, 995, 2049, 2050, 3000, 4045, 5060, 5999, 6000, 6001, 6664,
  ].concat([6665, 6667, 6669, 6670, 6697, 9330, 10_079, 10_080, 10_081]);
  const refused = await Promise.all(ports.map(isRefused));

  expect(ports.filter(isBadPort)).toEqual(ports.filter((_, at) => refused[at]));
  expect(ports.filter(isBadPort).length).toBeGreaterThan(10);
});
