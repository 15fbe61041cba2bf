import { type CommandContext, type CommandSettings, H2mError, visible } from "../../src/plugin.ts";
import { type Check, failed, LAYERS, ok, skip } from "./check.ts";
import { checkClients } from "./clients.ts";
import { checkHarnesses } from "./harness.ts";
import { checkNode, checkShell, checkTemporary, checkToken } from "./machine.ts";
import { checkProxies, checkServer } from "./surroundings.ts";

const MARKS = { ok: "ok  ", warn: "warn", fail: "FAIL", skip: "-   " } as const;

/** `h2m doctor`. Gives 1 if anything fails. */
export async function doctor(context: CommandContext): Promise<number> {
  const checks = await allOf(context);
  const wrong = checks.filter(({ status }) => status === "fail");
  if (context.flags["json"])
    await context.print(`${JSON.stringify({ ok: wrong.length === 0, checks }, null, 2)}\n`);
  else await context.print(textFor(checks, wrong[0]));
  return wrong.length === 0 ? 0 : 1;
}

async function allOf(context: CommandContext): Promise<Check[]> {
  const found: Check[] = [
    checkNode(),
    await checkTemporary(),
    ...(await checkToken(context.token.file)),
    await checkShell(),
  ];
  const config = { layer: "config", name: "file" } as const;
  let settings: CommandSettings | undefined;
  try {
    settings = await context.settings();
    found.push(ok(config, settings.file ?? "none; the defaults hold"));
  } catch (error) {
    const { code } = H2mError.from(error);
    if (code === "bad-usage") throw error;
    found.push(failed(config, error));
  }
  if (settings) {
    found.push(...(await checkHarnesses(context, settings)));
    found.push(...(await checkServer(context, settings)));
  } else
    for (const layer of ["harness", "server"] as const)
      found.push(skip({ layer, name: "any" }, "The config comes first."));
  found.push(...(await checkProxies()), ...(await checkClients()));
  return found.toSorted((one, other) => LAYERS.indexOf(one.layer) - LAYERS.indexOf(other.layer));
}

function textFor(checks: readonly Check[], first: Check | undefined): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ layer, name, status, detail, fix }) => {
    const line = `${MARKS[status]}  ${layer.padEnd(8)} ${name.padEnd(width)}  ${visible(detail)}`;
    return fix === undefined || status === "ok" ? line : `${line}\n      ${"-> "}${visible(fix)}`;
  });
  const end =
    first === undefined
      ? "Nothing is wrong."
      : `Mend this first: ${first.layer}, ${first.name}: ${visible(first.fix ?? first.detail)}`;
  return `${lines.join("\n")}\n\n${end}\n`;
}
