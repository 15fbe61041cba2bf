import { expect, it } from "vitest";
import { handOver } from "../../src/core/host/hand-over.ts";
import { Host } from "../../src/core/host/host.ts";
import { HostKeys } from "../../src/core/host/keys.ts";
import type { Occupant } from "../../src/core/host/seats.ts";
import { Hooks } from "../../src/core/plugins/hooks.ts";
import type { HarnessDriver, HarnessLauncher, HostIo, OutCall, Seat } from "../../src/plugin.ts";

it("a driver whose `send` is async and rejects ends no process", async () => {
  const faults: unknown[] = [];
  const onFault = (error: unknown) => void faults.push(error);
  process.on("unhandledRejection", onFault);
  const driver = {
    send: async () => {
      throw new Error("of the driver");
    },
  } as unknown as HarnessDriver;
  const options = {
    launcher: { name: "fake" } as HarnessLauncher,
    driver,
    unheard: {} as never,
    hooks: new Hooks(),
    exited: new AbortController().signal,
  };

  const call = { id: "1", name: "tool", arguments: {} };
  expect(() => handOver(options, {} as Seat, call, {} as OutCall)).toThrow("gave no call");
  for (let count = 0; count < 3; count++) await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", onFault);

  expect(faults).toEqual([]);
});

it("the driver of a host that is being ended has no say in its session any more", async () => {
  const asked: string[] = [];
  let io!: HostIo;
  const launcher = {
    name: "fake",
    api: "none",
    drive: (given: HostIo) => {
      io = given;
      return { seats: 1, open: async () => {}, reset: async () => "everything" };
    },
  } as unknown as HarnessLauncher;
  const host = new Host({
    launcher,
    context: { install: { command: "x" }, token: "t", cwd: "/", prompt: "p" } as never,
    plan: { command: "x", args: [] },
    process: {
      pid: 1,
      tail: "",
      exit: new Promise(() => {}),
      mark: () => "mark",
      onLine: () => {},
      end: () => new Promise(() => {}),
    } as never,
    keys: new HostKeys(),
    hooks: new Hooks(),
  });
  const occupant = {
    cwd: undefined,
    promised: [],
    bind: (name: string) => void asked.push(`bind ${name}`),
    run: async (name: string) => void asked.push(`run ${name}`),
  } as unknown as Occupant;
  const seat = host.seat(occupant);
  io.bind(seat, "first");
  await expect(host.reset(seat)).rejects.toThrow("must give a list");

  void host.stop(1_000);
  io.bind(seat, "late");
  await io.run(seat, "Bash", {}).catch(() => {});

  expect(asked).toEqual(["bind first"]);
});
