import { resolve } from "node:path";
import {
  type CallToolResult,
  type HostIo,
  type JsonObject,
  numberOf,
  type OutCall,
  type Outgoing,
  type Seat,
  stringOf,
  textResult,
  type ToolCall,
} from "../../src/plugin.ts";
import { type Verdict, execVerdict, LAG, writeVerdict, yielded } from "./verdict.ts";
import { type ExecText, execText, parseExec } from "./exec-text.ts";
import { imageResult } from "./image.ts";
import { type Out, patchedBy } from "./out.ts";
import { failed } from "./outcome.ts";
import type { Report } from "./telemetry.ts";
import { goneText, type Terminal, Terminals } from "./terminals.ts";
import type { Trust } from "./trust.ts";
import { TurnEnd } from "./turn-end.ts";
import { diverted, isPoll, NO_COMMAND, PROGRESS, shortened, waitOf } from "./waits.ts";

/** A call of which nothing at all was heard for so many ms is asked for by a new turn. */
const SILENCE = 10_000;

/** The calls of one thread that are out in its open turn, and what the two witnesses say of them: items and telemetry. */
export class ThreadCalls {
  readonly terminals = new Terminals();
  readonly #host: HostIo;
  readonly #seat: Seat;
  readonly #trust: Trust;
  readonly #out = new Map<string, Out>();
  /** The turn is about to end: its other calls are left to the next one. */
  #plain = false;
  readonly #turnEnd = new TurnEnd({
    others: () => this.#trust.open && this.#others().length > 0,
    end: () => this.#endTurn(),
  });

  constructor(host: HostIo, seat: Seat, trust: Trust) {
    this.#host = host;
    this.#seat = seat;
    this.#trust = trust;
  }

  /** The call as it goes out: early, if the witnesses can settle it. */
  send(call: ToolCall, to: OutCall): Outgoing {
    if (!this.#trust.open || this.#plain || this.#turnEnd.ending) return { call };
    // Only a turn brings the image as a model sees it. Beside other calls the file is read instead.
    if (call.name === "view_image" && this.#out.size === 0) {
      this.#plain = true;
      // The calls of one moment share a turn.
      setImmediate(() => (this.#plain = false));
      return { call };
    }
    const { arguments: args, name } = call;
    const known = name === "write_stdin" ? this.terminals.heard(args["session_id"]) : undefined;
    const asked = !known || !isPoll(args) || known.exit !== undefined;
    const out: Out = { call, to, sentAt: Date.now(), terminal: known, asked, timers: new Set() };
    this.#out.set(call.id, out);
    this.#watch(out);
    if (known) this.#await(out);
    if (!asked) return { call: diverted(call), early: true };
    return { call: name === "exec_command" || known ? shortened(call) : call, early: true };
  }

  /** It is settled here, and not by the next turn. */
  has(callId: string): boolean {
    return this.#out.has(callId);
  }

  reported(report: Report): void {
    const out = this.#out.get(report.callId);
    if (out) {
      const parsed = parseExec(report.text);
      if (out.call.name === "exec_command" && parsed?.sessionId !== undefined && !out.report)
        this.terminals.get(report.callId)?.transcript.begin(parsed.body);
      out.report = report;
      return this.#consider(out);
    }
    // A command that yielded in a plain turn: what it had printed has been told.
    this.terminals.withSession(parseExec(report.text)?.sessionId)?.transcript.take();
  }

  started(item: JsonObject): void {
    const out = this.#out.get(stringOf(item["id"]) ?? "");
    if (out) out.item = item;
    if (item["type"] !== "commandExecution") return;
    if (this.terminals.started(item) && out) this.#await(out);
  }

  printed(callId: string, text: string): void {
    const terminal = this.terminals.printed(callId, text);
    if (terminal) for (const out of this.#outOf(terminal)) this.#progress(out, terminal);
  }

  completed(item: JsonObject): void {
    const terminal = this.terminals.ended(item);
    const out = this.#out.get(stringOf(item["id"]) ?? "");
    if (out) {
      out.item = item;
      out.ended = true;
      // Its telemetry is due.
      if (!out.report) this.#after(out, LAG, () => (out.lagged = true));
      this.#consider(out);
    }
    for (const each of terminal ? this.#outOf(terminal) : []) this.#consider(each);
  }

  /** Nobody waits for it any more. */
  forget(callId: string): void {
    for (const timer of this.#out.get(callId)?.timers ?? []) clearTimeout(timer);
    this.#out.delete(callId);
  }

  close(): void {
    this.#turnEnd.stop();
    for (const callId of this.#out.keys()) this.forget(callId);
  }

  #outOf(terminal: Terminal): Out[] {
    return [...this.#out.values()].filter(
      (out) => out.terminal === terminal || out.call.id === terminal.callId,
    );
  }

  /** Settles a call if enough is known of it. */
  #consider(out: Out): void {
    if (this.#out.get(out.call.id) !== out || out.late) return;
    const { report, call, terminal } = out;
    if (report && out.asked && !report.success) return this.#give(out, report);
    if (call.name === "exec_command") return this.#considerExec(out);
    if (terminal?.over && report) return this.#settle(out, textResult(goneText(terminal), true));
    if (terminal) return this.#judge(out, writeVerdict(out, terminal));
    const patched = patchedBy(out);
    if (patched !== undefined) return this.#settle(out, textResult(patched));
    if (report && call.name === "view_image") return void this.#giveImage(out);
    if (report) return this.#give(out, report);
    if (out.lagged) this.#bringTurn(out);
  }

  #considerExec(out: Out): void {
    const { report } = out;
    const terminal = this.terminals.get(out.call.id);
    const parsed = report && parseExec(report.text);
    // Not the answer of a command; or one that no item tells of.
    if (report && (!parsed || (!terminal && parsed.exitCode === undefined)))
      return this.#give(out, report);
    this.#judge(out, execVerdict(out, terminal));
  }

  #judge(out: Out, verdict: Verdict): void {
    if (verdict?.text) return this.#giveExec(out, verdict.text);
    if (verdict) this.#after(out, verdict.lookIn, () => (out.lagged = true));
  }

  #giveExec(out: Out, text: ExecText): void {
    if (out.asked && !out.report) this.#trust.broke();
    const terminal = out.terminal ?? this.terminals.get(out.call.id);
    if (terminal && text.exitCode !== undefined) {
      if (out.asked) this.terminals.forget(terminal.callId);
      else terminal.over = true;
    }
    const budget = numberOf(out.call.arguments["max_output_tokens"]);
    this.#settle(out, textResult(execText(text, budget)));
  }

  #give(out: Out, { text, cut, success }: Report): void {
    if (cut) return this.#bringTurn(out);
    this.#settle(out, textResult(text, !success));
  }

  async #giveImage(out: Out): Promise<void> {
    const path = stringOf(out.item?.["path"] ?? out.call.arguments["path"]) ?? "";
    const result = await imageResult(resolve(this.#seat.cwd, path));
    if (result) this.#settle(out, result);
    else this.#bringTurn(out);
  }

  #settle(out: Out, result: CallToolResult): void {
    if (this.#out.get(out.call.id) !== out) return;
    this.forget(out.call.id);
    const isError = result.isError === true || failed(result, false);
    out.to.settle(isError ? { ...result, isError } : result);
  }

  /** Only a turn can bring it. */
  #bringTurn(out: Out): void {
    if (!out.report) this.#trust.broke();
    out.late = true;
    this.#turnEnd.start();
  }

  /** The calls that the witnesses will still settle. */
  #others(): Out[] {
    return [...this.#out.values()].filter(({ late }) => !late);
  }

  async #endTurn(): Promise<void> {
    // The next turn would bring a command's first moments only, as if the client had not wanted to wait.
    for (const out of this.#others()) {
      const terminal = out.terminal ?? this.terminals.get(out.call.id);
      if (terminal?.sessionId !== undefined && out.report)
        this.#giveExec(out, yielded(out, terminal));
    }
    const late = [...this.#out.keys()];
    // A call of our own that does nothing and is settled by the next turn. It fails only with the seat.
    await this.#host.run(this.#seat.id, "write_stdin", NO_COMMAND).catch(() => undefined);
    for (const callId of late) this.forget(callId);
  }

  #progress(out: Out, terminal: Terminal): void {
    if (out.progressing) return;
    out.progressing = true;
    this.#after(out, PROGRESS, () => {
      out.progressing = false;
      out.to.progress(terminal.transcript.text);
    });
  }

  /** A call of which nothing is heard must not hang. */
  #watch(out: Out): void {
    this.#after(out, SILENCE, () => {
      // What has begun and not ended may keep the others waiting.
      const begun = [...this.#out.values()].some(({ item, ended }) => item && !ended);
      if (out.report || out.terminal || begun) return this.#watch(out);
      this.#bringTurn(out);
    });
  }

  /** Looks again when the client's wait is over, and when the telemetry of it should have come. */
  #await(out: Out): void {
    const ms = waitOf(out.call) ?? 0;
    this.#after(out, ms);
    this.#after(out, ms + LAG, () => (out.lagged = true));
  }

  #after(out: Out, ms: number, act?: () => void): void {
    const timer = setTimeout(() => {
      out.timers.delete(timer);
      act?.();
      this.#consider(out);
    }, ms);
    timer.unref();
    out.timers.add(timer);
  }
}
