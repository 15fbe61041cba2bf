import { beforeEach, describe, expect, it } from "vitest";
import { Machine } from "../../../src/core/channel/machine.ts";
import { H2mError } from "../../../src/errors.ts";
import { textResult } from "../../../src/plugin.ts";
import { Bench, turnOf, Written } from "./bench.ts";

/** What a call that begins with `e` is settled by while its turn stays open; the others need the next turn. */
let bench: Bench;
beforeEach(() => void (bench = new Bench(Machine)));

describe("the held turn", () => {
  it("stays open while every call in it can be settled early", () => {
    const reply = bench.turn();

    bench.submit("e1");
    bench.submit("e2");
    bench.settle("e2");

    expect(reply).toMatchObject({ sent: ["e1", "e2"], ended: false });
    expect(bench.machine).toMatchObject({ open: true, busy: true });
    expect([...bench.ended]).toEqual([["e2", "result of e2"]]);
  });

  it("ends after a call that only the next turn can settle", () => {
    const reply = bench.turn();

    bench.submit("e1", "2");
    bench.settle("e1");

    expect(reply.ended).toBe(true);
    expect(bench.machine.open).toBe(false);
    bench.turn({ 2: textResult("late") });
    expect(bench.ended.get("2")).toBe("late");
  });

  it("ends after its calls without `stream`, also if they could be settled early", () => {
    const reply = bench.turn({}, { stream: false });

    bench.submit("e1");

    expect(reply.ended).toBe(true);
  });

  it("gives its place to a newer one, and only the newer one's hang-up is news", () => {
    const older = bench.turn();
    const newer = bench.turn();

    older.hangUp();
    expect(older.ended).toBe(true);
    expect(bench.machine.open).toBe(true);
    expect(bench.asked).toEqual([]);
    newer.hangUp();

    expect(bench.machine.open).toBe(false);
    expect(bench.asked).toEqual(["hung up"]);
  });

  it("is closed behind calls that are promised, so that the next one brings them", () => {
    const reply = bench.turn();
    bench.machine.bringTurn();
    expect(reply.ended).toBe(false);

    bench.submit("e1");
    bench.machine.bringTurn();

    expect(reply.ended).toBe(true);
    bench.turn({ e1: textResult("brought") });
    expect(bench.ended.get("e1")).toBe("brought");
  });
});

describe("a call", () => {
  it("waits for a turn, and shares it with those that wait too", () => {
    bench.submit("1", "2");
    expect(bench.machine).toMatchObject({ waits: true, owedTurn: true });

    const reply = bench.turn();
    expect(reply.sent).toEqual([]);
    bench.flush();

    expect(reply.sent).toEqual(["1", "2"]);
    expect(bench.machine).toMatchObject({ waits: false, owedTurn: false });
  });

  it("ends once: whatever comes later for it is ignored", () => {
    bench.turn();
    bench.submit("e1");

    bench.settle("e1");
    bench.settle("e1");
    bench.turn({ e1: textResult("third") });
    bench.machine.expire("e1");
    bench.machine.giveUp("e1", "late");

    expect([...bench.ended]).toEqual([["e1", "result of e1"]]);
  });

  it("that the next turn lacks is lost at once, if no witness can still come", () => {
    bench.turn();
    bench.submit("1");

    bench.turn();

    expect(bench.ended.get("1")).toBe("outcome-unknown");
    expect(bench.machine.busy).toBe(false);
  });

  it("that the next turn lacks has some time if its witness may lag behind, and no longer", () => {
    bench.turn();
    bench.submit("e1", "e2");

    bench.turn();
    expect([...bench.graces]).toEqual(["witness e1", "witness e2"]);
    bench.settle("e1");
    for (const id of ["e1", "e2"]) bench.machine.expire(id);

    expect([...bench.ended]).toEqual([
      ["e1", "result of e1"],
      ["e2", "outcome-unknown"],
    ]);
  });

  it("that is given up before it goes out is not sent", () => {
    bench.submit("1");
    bench.machine.giveUp("1", "cancelled");
    const reply = bench.turn();
    bench.flush();

    expect(reply.sent).toEqual([]);
    expect(bench.ended.get("1")).toBe("cancelled");
  });

  it.each([
    ["a client's", "e1", "cancelled, stopped"],
    // What it runs is short, and looks like a client's.
    ["the driver's", "d1", "cancelled"],
  ])("that is given up while it is out holds nothing up for ever (%s)", (_, id, how) => {
    bench.early = id;
    bench.turn();
    bench.submit(id);

    bench.machine.giveUp(id, "cancelled");
    bench.machine.giveUp(id, "again");

    expect(bench.ended.get(id)).toBe(how);
    expect(bench.machine.busy).toBe(true);
    expect([...bench.graces]).toEqual([`given-up ${id}`]);
    bench.machine.expire(id);
    expect(bench.machine.busy).toBe(false);
  });

  it("that its driver or JSON refuses fails alone", () => {
    const reply = bench.turn();
    bench.machine.submit({ id: "big", name: "tool", arguments: { n: 1n } }, false);

    bench.submit("1", "r2", "3");

    expect(reply.sent).toEqual(["1", "3"]);
    expect(bench.ended.get("r2")).toBe("internal");
    expect(bench.ended.get("big")).toBe("internal");
  });

  it("that the adapter cannot write has not gone out", () => {
    bench.machine.hold(turnOf(), new Written(true));

    bench.submit("1", "2");

    expect([...bench.ended.values()]).toEqual(["internal", "internal"]);
    expect(bench.machine).toMatchObject({ busy: false, open: true });
  });

  it("of the driver goes first, also while the clients' are held back", () => {
    bench.machine.holdBack();
    bench.submit("1", "d2");

    const reply = bench.turn();
    bench.flush();

    expect(reply.sent).toEqual(["d2"]);
    expect(bench.machine.waits).toBe(true);
  });
});

describe("a new history", () => {
  it("is there when the driver has begun it and its first turn has come, in either order", () => {
    for (const steps of [
      ["driver", "turn"],
      ["turn", "driver"],
    ]) {
      bench = new Bench(Machine);
      bench.turn();
      bench.machine.renew();
      bench.submit("e1");
      for (const step of steps) {
        expect(bench.machine.renewing).toBe(true);
        if (step === "driver") bench.machine.renewedBy(["a list"]);
        else bench.turn();
      }
      bench.flush();

      expect(bench.asked).toEqual(["renewed: a list"]);
      expect(bench.machine).toMatchObject({ renewing: false, waits: false });
    }
  });

  it("needs a turn that came after its root was named", () => {
    const old = bench.turn();
    bench.machine.renew();
    const between = bench.turn();
    bench.machine.bind("new");
    bench.machine.renewedBy([]);

    expect([old.ended, between.ended]).toEqual([true, true]);
    expect(bench.machine.renewing).toBe(true);
    bench.turn();
    expect(bench.machine.renewing).toBe(false);
  });

  it("is counted from its beginning", () => {
    bench.turn();
    bench.submit("e1");
    bench.settle("e1");
    expect(bench.machine.size).toEqual({ calls: 1, characters: "{}result of e1".length });

    bench.machine.renew();
    bench.turn();
    bench.machine.renewedBy([]);

    expect(bench.machine.size).toEqual({ calls: 0, characters: 0 });
  });

  it("is not begun by the turn that brings the last result of the old one", () => {
    bench.turn();
    bench.submit("1");
    // As whoever looks after each step would.
    const { machine } = bench;
    const renewed = new Bench(
      class extends Machine {
        override settle(...given: Parameters<Machine["settle"]>): void {
          super.settle(...given);
          this.renew();
        }
      },
    );
    renewed.turn();
    renewed.submit("1");
    renewed.turn({ 1: textResult("the last") });
    renewed.machine.renewedBy([]);

    expect(renewed.machine.renewing).toBe(true);
    expect(machine.renewing).toBe(false);
  });
});

describe("the end of the harness", () => {
  const gone = () => new H2mError("outcome-unknown", "It is gone.");

  it("fails what is out and what its driver wanted, and keeps what clients wait for", () => {
    const reply = bench.turn();
    bench.submit("e1");
    bench.machine.renew();
    bench.submit("2");
    bench.machine.submit({ id: "d3", name: "tool", arguments: {} }, true);

    bench.machine.lose(gone(), new H2mError("harness-exited", "It is gone."));

    expect([...bench.ended]).toEqual([
      ["e1", "outcome-unknown"],
      ["d3", "harness-exited"],
    ]);
    expect(reply.ended).toBe(true);
    expect(bench.machine).toMatchObject({ open: false, busy: false, waits: true, renewing: false });
    const next = bench.turn();
    bench.flush();
    expect(next.sent).toEqual(["2"]);
  });

  it("for which there is no other fails what waits", () => {
    bench.submit("1", "d2");

    bench.machine.failWaiting(gone());

    expect([...bench.ended.values()]).toEqual(["outcome-unknown", "outcome-unknown"]);
  });
});

describe("whose turn it is", () => {
  const said = (conversation: string) => ({ conversation });
  const isRoot = (...given: Parameters<Machine["isRoot"]>) => bench.machine.isRoot(...given);

  it("is the root's that the driver bound, and nobody else's", () => {
    bench.machine.bind("one");

    expect(isRoot(turnOf(), said("one"), false)).toBe(true);
    expect(isRoot(turnOf(), said("two"), false)).toBe(false);
    // As a script that has the key.
    expect(isRoot(turnOf(), undefined, false)).toBe(false);
    expect(isRoot(turnOf(), { subagent: true, conversation: "one" }, false)).toBe(false);
    bench.machine.lose(new H2mError("internal", "x"), new H2mError("internal", "x"));
    expect(isRoot(turnOf(), undefined, false)).toBe(true);
  });

  it("is the first that says who it is; a user may begin another one", () => {
    expect(isRoot(turnOf(), said("one"), false)).toBe(true);
    expect(isRoot(turnOf(), said("two"), false)).toBe(false);
    expect(isRoot(turnOf(), said("two"), true)).toBe(true);
    expect(isRoot(turnOf(), said("one"), false)).toBe(false);
  });

  it("is the root's if it says nothing: with no other, a retry, or a result of a call that is out", () => {
    const other = { conversation: "other" };
    expect(isRoot(turnOf({}, other), undefined, false)).toBe(true);
    bench.turn();
    expect(isRoot(turnOf(), undefined, false)).toBe(true);
    expect(isRoot(turnOf({}, other), undefined, false)).toBe(false);

    bench.submit("1");
    expect(isRoot(turnOf(), undefined, false)).toBe(true);
    expect(isRoot(turnOf({}, other), undefined, false)).toBe(false);
    expect(isRoot(turnOf({ 1: textResult("x") }, other), undefined, false)).toBe(true);
    expect(isRoot(turnOf({ 2: textResult("x") }, other), undefined, false)).toBe(false);
  });

  it("is a side turn if it is to be answered at once", () => {
    const turn = { ...turnOf(), immediate: { type: "text", text: "x" } as const };
    expect(isRoot(turn, undefined, false)).toBe(false);
  });

  it("or not, results that are ours settle our calls; a subagent carries copies only", () => {
    bench.turn();
    bench.submit("e1", "e2");
    bench.machine.bind("one");

    bench.machine.side(turnOf({ e1: textResult("copy") }), { subagent: true, conversation: "one" });
    bench.machine.side(turnOf({ e1: textResult("copy") }), said("two"));
    bench.machine.side(turnOf({ e1: textResult("copy") }), undefined);
    expect(bench.ended.size).toBe(0);
    bench.machine.side(turnOf({ e2: textResult("ours") }), said("one"));

    expect([...bench.ended]).toEqual([["e2", "ours"]]);
  });
});
