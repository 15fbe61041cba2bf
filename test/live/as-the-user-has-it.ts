import { execa } from "execa";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, join, relative } from "node:path";
import type { World } from "./world.ts";

/** What one user's machine is like. */
export interface Surroundings {
  /** Laid over the environment that h2m is started with; `undefined` removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The harness's folder. @default the project */
  readonly folder?: string;
  /** A command that shows what of it a tool must have, and what it then prints. */
  readonly shows?: {
    readonly command: string;
    readonly text: string;
    /** Harnesses that keep it from their tools by themselves. */
    readonly not?: readonly string[];
  };
  /** Takes down what was set up. */
  end?(): Promise<unknown>;
}

export interface Row {
  readonly what: string;
  /** `undefined`: this machine does not let us. */
  set(world: World, harness: string): Promise<Surroundings | undefined>;
  /** Harnesses that cannot work so, and what they say. */
  readonly refused?: Readonly<Record<string, RegExp>>;
}

/** Nothing listens there. */
const DEAD = "http://127.0.0.1:9";

/** One row for each thing that stands in the way of a harness on the machines of users. */
export const ROWS: readonly Row[] = [
  {
    what: "a proxy",
    set: async () => ({
      env: {
        ...both("HTTP_PROXY", DEAD),
        ...both("HTTPS_PROXY", DEAD),
        ...both("ALL_PROXY", DEAD),
        NO_PROXY: "intern.example",
        no_proxy: undefined,
        NODE_USE_ENV_PROXY: "1",
      },
      shows: {
        command: 'echo "$HTTPS_PROXY|$NO_PROXY|$no_proxy"',
        text: `${DEAD}|intern.example|`,
      },
    }),
  },
  {
    what: "a proxy that is for no host",
    set: async () => ({
      env: { ...both("HTTP_PROXY", DEAD), ...both("HTTPS_PROXY", DEAD), ...both("NO_PROXY", "*") },
      shows: { command: 'echo "$HTTPS_PROXY|$NO_PROXY|$no_proxy"', text: `${DEAD}|*|*` },
    }),
  },
  {
    what: "telemetry of the user's own",
    set: async () => ({
      env: {
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
        OTEL_EXPORTER_OTLP_ENDPOINT: DEAD,
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20theirs",
        OTEL_SDK_DISABLED: "true",
      },
      shows: {
        command: 'echo "$OTEL_EXPORTER_OTLP_COMPRESSION $OTEL_SDK_DISABLED"',
        text: "gzip true",
        not: ["claude"],
      },
    }),
  },
  {
    what: "a shim on PATH that starts the program as a child",
    set: async (world, harness) => {
      const folder = join(world.root, "shims");
      await script(join(folder, harness), `'${await programOf(harness)}' "$@"\nexit $?`);
      return { env: { PATH: [folder, process.env["PATH"]].join(delimiter) } };
    },
  },
  {
    what: "a folder with a URL's escape in its name",
    ...inFolder("x%41y"),
    refused: { opencode: /would take the folder/ },
  },
  { what: "a folder with blanks in its name", ...inFolder("my  project ") },
  {
    what: "a folder with letters of all kinds in its name",
    ...inFolder("Größe-日本語-🙂-e\u0301"),
  },
  { what: "a folder with quotes in its name", ...inFolder(`it's "his" $HOME\`id\` #?&`) },
  {
    what: "a relative TMPDIR",
    set: async (world) => {
      await mkdir(join(world.project, "tmp"));
      return { env: { TMPDIR: "tmp" } };
    },
  },
  {
    what: "a TMPDIR in which nothing can be executed",
    set: async (world) => {
      const folder = join(world.root, "noexec");
      await mkdir(folder);
      const mounted = await execa("mount", ["-t", "tmpfs", "-o", "noexec", "tmpfs", folder], {
        reject: false,
      });
      if (mounted.failed) return undefined;
      return { env: { TMPDIR: folder }, end: () => execa("umount", ["-l", folder]) };
    },
  },
  {
    what: "NODE_OPTIONS",
    set: async (world) => {
      const file = join(world.root, "preload.cjs");
      await writeFile(file, "process.stderr.write('preloaded\\n');\n");
      const options = `--require ${file} --max-old-space-size=1024`;
      return {
        env: { NODE_OPTIONS: options },
        shows: { command: "echo $NODE_OPTIONS", text: options },
      };
    },
  },
  {
    what: "a debugger that attaches itself, and options for Bun",
    set: async () => {
      const env = {
        // As VS Code's auto attach sets it.
        NODE_OPTIONS: "--inspect-publish-uid=http",
        BUN_OPTIONS: "--preload /nonexistent/preload.ts",
      };
      return {
        env,
        shows: {
          command: 'echo "$NODE_OPTIONS|$BUN_OPTIONS"',
          text: `${env.NODE_OPTIONS}|${env.BUN_OPTIONS}`,
        },
      };
    },
  },
  {
    what: "a relative entry in PATH",
    set: async (world, harness) => {
      const folder = join(world.project, "bin");
      await script(join(folder, harness), `exec '${await programOf(harness)}' "$@"`);
      // h2m starts in the project, the harness elsewhere.
      await mkdir(join(world.project, "below"));
      const path = [relative(world.project, folder), process.env["PATH"]].join(delimiter);
      return { env: { PATH: path }, folder: join(world.project, "below") };
    },
  },
  {
    what: "an exported function",
    set: async () => ({
      env: { "BASH_FUNC_greet%%": '() {  echo "hello $1"\n}' },
      // Not each harness's shell is bash; what it starts may be.
      shows: { command: "bash -c 'greet you'", text: "hello you" },
    }),
  },
  {
    what: "no HOME",
    set: async () => ({ env: { HOME: undefined, XDG_CONFIG_HOME: undefined } }),
  },
];

function inFolder(name: string): Pick<Row, "set"> {
  return {
    set: async (world) => {
      // A harness that reads the name as something else finds a folder there.
      await mkdir(join(world.project, "xAy"));
      const folder = join(world.project, name);
      await mkdir(folder);
      return { folder };
    },
  };
}

function both(name: string, value: string): Record<string, string> {
  return { [name]: value, [name.toLowerCase()]: value };
}

async function programOf(harness: string): Promise<string> {
  const { stdout } = await execa("which", [harness]);
  return stdout;
}

async function script(path: string, text: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
}
