import { existsSync, realpathSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { H2mError, type HostIo, objectOf, type Seat, stringOf } from "../../src/plugin.ts";
import { modelOf, PROVIDER, SEATS_FOLDER } from "./config.ts";
import { SEAL } from "./inside.ts";
import { DEADLINE, inFolder, type OpencodeServer, SESSION_DEADLINE } from "./server.ts";
import { exportsOf } from "./shell.ts";

/** One of OpenCode's sessions, and the folder that it works in. */
export interface OpencodeSession {
  readonly id: string;
  readonly cwd: string;
}

interface Place {
  readonly seat: Seat;
  /** The folder without detours: two seats may spell it differently. */
  readonly folder: string;
  session: OpencodeSession | undefined;
}

export interface Opening {
  ready(): Promise<void>;
  begun(): Promise<void>;
}

/** Everything may be done; and nobody is there whom the tool for questions could ask. The later rule wins. */
const ALLOW = { permission: "*", pattern: "*", action: "allow" };
const NO_QUESTIONS = { permission: "question", pattern: "*", action: "deny" };

/** The seats of a host, and the session that each of them has in OpenCode. */
export class SeatSessions {
  readonly #host: HostIo;
  readonly #server: OpencodeServer;
  readonly #places = new Map<string, Place>();
  /** Folders that OpenCode is just letting go of. */
  readonly #leaving = new Map<string, Promise<unknown>>();

  constructor(host: HostIo, server: OpencodeServer) {
    this.#host = host;
    this.#server = server;
  }

  /** Seats that are open, or opening. */
  get size(): number {
    return this.#places.size;
  }

  all(): OpencodeSession[] {
    return [...this.#places.values()].flatMap(({ session }) => session ?? []);
  }

  has(id: string): boolean {
    return this.seatOf(id) !== undefined;
  }

  /** The id of the seat that has this session. */
  seatOf(id: string): string | undefined {
    for (const { seat, session } of this.#places.values()) if (session?.id === id) return seat.id;
    return undefined;
  }

  /** Makes the session of a seat when `ready` has resolved, and prompts it when `begun` has, which may look at its folder. */
  async open(seat: Seat, { ready, begun }: Opening): Promise<void> {
    const place: Place = { seat, folder: folderOf(seat.cwd), session: undefined };
    this.#places.set(seat.id, place);
    await ready();
    await this.#leaving.get(place.folder);
    const session = await this.#begin(place);
    await begun();
    this.#checkOpen(place);
    await this.#prompt(place, session);
  }

  /** Gives a seat a new session in the place of the one it has. */
  async renew(seat: Seat): Promise<void> {
    const place = this.#places.get(seat.id);
    const old = place?.session;
    if (!place || !old) throw new H2mError("closed", "The seat is closed.");
    const fresh = await this.#begin(place);
    await Promise.all([this.#prompt(place, fresh), this.#discard(old)]);
  }

  /** Ends what the tools of a seat run, and its session. */
  async close(seat: Seat): Promise<void> {
    const place = this.#places.get(seat.id);
    if (!place) return;
    this.#places.delete(seat.id);
    if (place.session) await this.#end(place.session);
    if (this.size > 0) await this.#leave(place);
  }

  async #begin(place: Place): Promise<OpencodeSession> {
    const { seat } = place;
    const session = await this.#create(seat);
    await this.#writeEnvironment(session, seat);
    if (this.#places.get(seat.id) !== place) {
      await this.#discard(session);
      this.#checkOpen(place);
    }
    place.session = session;
    this.#host.bind(seat.id, session.id);
    return session;
  }

  #checkOpen(place: Place): void {
    if (this.#places.get(place.seat.id) === place) return;
    throw new H2mError("closed", "The seat was closed while it was opened.");
  }

  async #create({ cwd }: Seat): Promise<OpencodeSession> {
    checkName(cwd);
    const path = `/session${inFolder(cwd)}`;
    const { permissions } = this.#host.context.options;
    // With a title of ours OpenCode asks no model for one.
    const permission = permissions === "harness" ? [NO_QUESTIONS] : [ALLOW, NO_QUESTIONS];
    const body = { title: "h2m", permission };
    const request = { method: "POST", path, body, deadline: SESSION_DEADLINE } as const;
    const created = await this.#server.send(request);
    const id = stringOf(objectOf(created)?.["id"]);
    // It becomes the name of a file.
    if (id === undefined || !/^[\w-]+$/.test(id))
      throw new H2mError("internal", "OpenCode made a session without an id.");
    const session = { id, cwd };
    try {
      this.#checkSeal(cwd);
      checkFolder(cwd, stringOf(objectOf(created)?.["directory"]));
    } catch (error) {
      await this.#discard(session);
      throw error;
    }
    return session;
  }

  /** OpenCode has opened the folder. Where another version did not come to our plugin first, nothing shall go on in there. */
  #checkSeal(cwd: string): void {
    const { home, options, install } = this.#host.context;
    if (options.settings === "user" || existsSync(join(home, SEAL))) return;
    throw new H2mError(
      "internal",
      `OpenCode ${install.version ?? ""} cannot be kept from running code of ${cwd} (\`.opencode\`, \`opencode.json\`).`,
      { hint: 'Where that folder is trusted, set `settings: "user"` for this harness.' },
    );
  }

  /** One process has one environment: what a seat's tools have of their own, the shell shim reads here. */
  async #writeEnvironment(session: OpencodeSession, { env = {} }: Seat): Promise<void> {
    const file = this.#environmentFile(session);
    await mkdir(join(file, ".."), { recursive: true, mode: 0o700 });
    await writeFile(file, exportsOf(env), { mode: 0o600 });
  }

  async #prompt({ seat }: Place, { id, cwd }: OpencodeSession): Promise<void> {
    const { context } = this.#host;
    await this.#server.send({
      method: "POST",
      path: `/session/${id}/prompt_async${inFolder(cwd)}`,
      body: {
        model: { providerID: PROVIDER, modelID: modelOf(context) },
        parts: [{ type: "text", text: seat.prompt }],
      },
      deadline: DEADLINE,
    });
  }

  /** Ends a session that nobody needs any more; its trouble is nobody else's. */
  async #discard(session: OpencodeSession): Promise<void> {
    try {
      await this.#end(session);
    } catch (error) {
      if (this.#host.exited.aborted) return;
      this.#host.warn(`an old session could not be ended: ${H2mError.from(error).message}`);
    }
  }

  async #end(session: OpencodeSession): Promise<void> {
    const path = `/session/${session.id}`;
    const query = inFolder(session.cwd);
    try {
      // Ends what its tools run.
      await this.#server.send({
        method: "POST",
        path: `${path}/abort${query}`,
        deadline: DEADLINE,
      });
      // Without any seat the process ends, and all that it keeps with it.
      if (this.size === 0) return;
      await this.#server.send({ method: "DELETE", path: path + query, deadline: DEADLINE });
    } finally {
      await rm(this.#environmentFile(session), { force: true });
    }
  }

  /** OpenCode keeps threads and files for each folder that it was used in, until it is told (1.18.33). */
  async #leave({ seat, folder }: Place): Promise<void> {
    for (const other of this.#places.values()) if (other.folder === folder) return;
    const path = `/instance/dispose${inFolder(seat.cwd)}`;
    const leaving = this.#server.send({ method: "POST", path, deadline: DEADLINE });
    const left = leaving.catch(() => {}).then(() => this.#leaving.delete(folder));
    this.#leaving.set(folder, left);
    await leaving;
  }

  #environmentFile({ id }: OpencodeSession): string {
    return join(this.#host.context.home, SEATS_FOLDER, id);
  }
}

/**
 * OpenCode decodes the folder of a session once more with each request (1.18.14 to 1.18.33), so that `x%41y` would be its
 * sibling `xAy`. No spelling helps: what it decodes is what it has stored, and of a link that is where the link leads.
 */
function checkName(cwd: string): void {
  for (const folder of [cwd, folderOf(cwd)]) {
    const taken = decoded(folder);
    if (taken === folder) continue;
    throw new H2mError("bad-config", `OpenCode would take the folder ${folder} for ${taken}.`, {
      hint: "It cannot work in a folder with such a name, nor through a link to it: rename it.",
    });
  }
}

/** What OpenCode makes of a path: one that cannot be decoded stays as it is. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A tool that works elsewhere would change what nobody meant. @param told where the session says that it works */
function checkFolder(cwd: string, told: string | undefined): void {
  if (told !== undefined && folderOf(told) === folderOf(cwd)) return;
  throw new H2mError(
    "internal",
    `OpenCode would work in ${told ?? "a folder that it does not name"}, not in ${cwd}.`,
    { hint: "It does not take every name: rename the folder, or use a link to it." },
  );
}

function folderOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
