import { spawn } from "node:child_process";
import { within } from "../../kit/deadline.ts";
import { LAUNCH_MARK } from "./leftovers.ts";
import { tooManyFiles } from "./out-of-files.ts";

/**
 * A shell that outlives us by a moment: it waits for the end of its input, which is our end however we end,
 * and then kills what carries one of the marks and removes the host's private folder.
 * $1: the folder. Lines of input: the marks, which of them to forget, the host's process group (for systems without /proc), or
 * `done`. One pass over /proc looks for all marks.
 */
const SCRIPT = `
marks=" "
group=
while IFS= read -r line; do
  case $line in
    done) exit 0 ;;
    group=*) group=\${line#group=} ;;
    forget=*)
      mark=\${line#forget=}
      case $marks in *" $mark "*) marks="\${marks%% $mark *} \${marks#* $mark }" ;; esac
      ;;
    *) marks="$marks$line " ;;
  esac
done
entries=$(for mark in $marks; do echo "${LAUNCH_MARK}=$mark"; done)
for round in 1 2 3 4 5; do
  [ -n "$entries" ] || break
  found=
  for file in $(grep -lzxF -e "$entries" /proc/[0-9]*/environ 2>/dev/null); do
    pid=\${file#/proc/}
    kill -9 "\${pid%/environ}" 2>/dev/null && found=1
  done
  [ -d /proc/self ] || [ -z "$group" ] || kill -9 -- "-$group" 2>/dev/null
  [ -n "$found" ] || break
  sleep 0.1
done
rm -rf -- "$1"
`;

/** How long its own end is waited for, in ms. */
const DISMISSAL = 1_000;

/** Sees to it that a host and its tools end even if we are killed with SIGKILL. */
export class Guardian {
  readonly #input: NodeJS.WritableStream;
  readonly #gone: Promise<void>;

  /**
   * `home`: the host's private folder, which is guarded from now on.
   * @throws an error that `isOutOfFiles` knows
   */
  constructor(home: string) {
    // Its environment must not carry a mark, nor any secret of ours.
    const child = spawn("/bin/sh", ["-c", SCRIPT, "h2m-guardian", home], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    });
    // Without a shell there is no guardian; everything but a SIGKILL of ours still cleans up.
    this.#gone = new Promise((resolve) => {
      child.on("error", () => resolve());
      child.on("exit", () => resolve());
    });
    // Node makes no streams where no file descriptor is left, whatever its types say.
    const input = child.stdin as typeof child.stdin | undefined;
    if (!input) throw tooManyFiles();
    input.on("error", () => {});
    child.unref();
    // The pipe alone must not keep us alive.
    (input as unknown as { unref(): void }).unref();
    this.#input = input;
  }

  /** The host runs in this process group. */
  group(pid: number): void {
    this.#input.write(`group=${pid}\n`);
  }

  /** Also kill what carries this mark. */
  watch(mark: string): void {
    this.#input.write(`${mark}\n`);
  }

  /** What carried this mark has ended. */
  forget(mark: string): void {
    this.#input.write(`forget=${mark}\n`);
  }

  /** The host and its folder have ended in order: there is nothing left to guard. Resolves when the shell is gone too. */
  async dismiss(): Promise<void> {
    this.#input.end("done\n");
    // It ends at once; should the machine be too busy for that, nobody waits for it.
    await within(this.#gone, DISMISSAL, () => new Error("late")).catch(() => {});
  }
}
