import type { Machine } from "../../../src/core/channel/machine.ts";
import { H2mError } from "../../../src/errors.ts";
import { textResult } from "../../../src/plugin.ts";
import { Random } from "../../fuzz/random.ts";
import { Bench, turnOf, Written } from "./bench.ts";

/** What is known of a call from outside of the machine. */
interface Known {
  readonly id: string;
  sent: boolean;
  /** Given up, or given its result: what the machine must have told. */
  due: string | undefined;
}

/** Says what the machine must be like, in the words of its contract. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`Broken: ${what}.`);
}

/**
 * Tells a machine of any events in any order, and looks after each one whether its contract holds: nothing is sent twice or in a turn
 * that has ended, each call ends exactly once and as it must, calls wait only for something that can still come.
 * @throws Error that names what does not hold
 */
export function anyOrder(Kind: typeof Machine, seed: number, length = 60): void {
  const random = new Random(seed);
  const bench = new Bench(Kind);
  const { machine } = bench;
  const calls: Known[] = [];
  const replies: Written[] = [];
  /** Those without a stream. */
  const atOnce = new Set<Written>();
  let count = 0;
  let hangUps = 0;
  let heldBack = false;
  /** What a new history still needs. */
  let renewal: { turn: boolean; driver: boolean } | undefined;
  const heard = () => bench.asked.filter((each) => each.startsWith("renewed")).length;
  let renewals = 0;

  const out = () => calls.filter(({ id, sent }) => sent && !over.has(id)).map(({ id }) => id);
  /** Calls that can bring or need nothing any more. */
  const over = new Set<string>();
  const end = (id: string, how: string) => {
    const call = calls.find((each) => each.id === id);
    if (!call) return;
    call.due ??= how;
  };
  const flush = () => {
    const waiting = calls.filter(({ sent }) => !sent);
    bench.flush();
    if (!heldBack && !renewal) return;
    const sent = new Set(replies.flatMap((reply) => reply.sent));
    const clients = waiting.filter(({ id }) => sent.has(id) && !id.startsWith("d"));
    must(clients.length === 0, "clients' calls that are held back do not go out");
  };
  const some = () => random.pick(calls)?.id ?? "none";

  const events: Record<string, () => void> = {
    submit: () => {
      const id = `${random.pick(["e", "n", "d"])}${++count}`;
      calls.push({ id, sent: false, due: undefined });
      machine.submit({ id, name: "tool", arguments: {} }, id.startsWith("d"));
    },
    flush: () => flush(),
    turn: () => {
      const brought = out().filter(() => random.chance(0.5));
      const results = Object.fromEntries(brought.map((id) => [id, textResult(`result of ${id}`)]));
      for (const id of brought) {
        end(id, `result of ${id}`);
        over.add(id);
      }
      for (const id of out().filter((each) => !each.startsWith("e"))) {
        end(id, "outcome-unknown");
        over.add(id);
      }
      if (renewal) renewal.turn = true;
      const reply = new Written();
      replies.push(reply);
      const stream = random.chance(0.8);
      if (!stream) atOnce.add(reply);
      machine.hold(turnOf(results, { stream }), reply);
    },
    settle: () => {
      const id = some();
      if (out().includes(id)) {
        end(id, `result of ${id}`);
        over.add(id);
      }
      bench.settle(id);
    },
    giveUp: () => {
      const id = some();
      const call = calls.find((each) => each.id === id);
      if (call && !over.has(id)) {
        const stops = call.sent && !id.startsWith("d") ? ", stopped" : "";
        end(id, `cancelled${stops}`);
        if (!call.sent) over.add(id);
      }
      machine.giveUp(id, "cancelled");
    },
    expire: () => {
      const id = some();
      if (out().includes(id)) {
        end(id, "outcome-unknown");
        over.add(id);
      }
      machine.expire(id);
    },
    hangUp: () => {
      const reply = random.pick(replies);
      if (reply && !reply.ended) hangUps++;
      reply?.hangUp();
    },
    bringTurn: () => {
      const { open, busy } = machine;
      machine.bringTurn();
      must(machine.open === (open && !busy), "a turn is closed behind calls, and only then");
    },
    holdBack: () => {
      heldBack = true;
      machine.holdBack();
    },
    renew: () => {
      if (renewal || machine.busy) return;
      renewal = { turn: false, driver: false };
      machine.renew();
    },
    bind: () => {
      if (renewal) renewal.turn = false;
      machine.bind("root");
      if (renewal) must(!machine.open, "a turn of the old history is let go");
    },
    renewedBy: () => {
      if (renewal) renewal.driver = true;
      machine.renewedBy([]);
    },
    lose: () => {
      for (const { id } of calls) {
        if (over.has(id) || (!id.startsWith("d") && !out().includes(id))) continue;
        end(id, out().includes(id) ? "outcome-unknown" : "harness-exited");
        over.add(id);
      }
      renewal = undefined;
      heldBack = false;
      machine.lose(new H2mError("outcome-unknown", "x"), new H2mError("harness-exited", "x"));
      must(!machine.open && !machine.busy, "after its end a harness has neither a turn nor calls");
      must(machine.size.calls === 0, "the next harness begins with an empty history");
    },
    failWaiting: () => {
      for (const { id, sent } of calls) {
        if (sent || over.has(id)) continue;
        end(id, "failed");
        over.add(id);
      }
      machine.failWaiting("failed");
    },
  };
  // What happens most, most often.
  const names = [...Object.keys(events), "submit", "submit", "flush", "flush", "turn", "settle"];

  const look = () => {
    const sent = replies.flatMap((reply) => reply.sent);
    must(new Set(sent).size === sent.length, "nothing is sent twice");
    for (const call of calls) {
      if (sent.includes(call.id)) call.sent = true;
      must(bench.ended.get(call.id) === call.due, `${call.id} ended as "${call.due}"`);
    }
    must(replies.filter(({ ended }) => !ended).length <= 1, "one turn is held at most");
    must(machine.open === replies.some(({ ended }) => !ended), "`open` says whether one is");
    must(machine.busy === out().length > 0, "`busy` says whether calls are out");
    const early = out().filter((id) => id.startsWith("e"));
    must(machine.promised.length === early.length, "what a witness is to settle is promised");
    if (machine.open)
      must(
        out().every((id) => early.includes(id)),
        "a turn that is open waits for witnesses only",
      );
    if (renewal?.turn && renewal.driver) {
      renewal = undefined;
      heldBack = false;
      renewals++;
    }
    must(
      machine.renewing === (renewal !== undefined),
      "`renewing` ends with the first turn of a new history",
    );
    const unended = [...atOnce].filter((reply) => reply.sent.length > 0 && !reply.ended);
    must(unended.length === 0, "a turn without a stream ends with its calls");
    const told = bench.asked.filter((each) => each === "hung up").length;
    must(told === hangUps, "the hang-up of the turn that is held is told of");
    must(heard() === renewals, "a new history is told of once");
  };
  /** Nothing is to be done any more: whoever waits, waits for what can still come. */
  const quiet = () => {
    flush();
    look();
    const waiting = calls.filter(({ id, sent }) => !sent && !over.has(id));
    must(machine.waits === waiting.length > 0, "`waits` says whether calls do");
    const nothing = waiting.length > 0 && !machine.open && !machine.busy && !machine.renewing;
    must(machine.owedTurn === nothing, "a turn is owed when nothing else can come");
    if (!machine.open) return;
    const free = waiting.filter(({ id }) => id.startsWith("d") || (!heldBack && !renewal));
    must(free.length === 0, "with a turn held, only calls that are held back wait");
  };

  for (let index = 0; index < length; index++) {
    events[random.pick(names)]?.();
    look();
    if (random.chance(0.3)) quiet();
  }
  for (const id of out()) {
    end(id, "outcome-unknown");
    over.add(id);
    machine.expire(id);
  }
  events["failWaiting"]?.();
  look();
  must(bench.ended.size === calls.length, "each call has ended");
}
