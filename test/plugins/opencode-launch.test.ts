import type { OpencodeFacts } from "../../plugins/opencode/install.ts";
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { execa } from "execa";
import { opencode } from "../../plugins/opencode/index.ts";
import { prepareOpencode } from "../../plugins/opencode/launch.ts";
import { exportsOf } from "../../plugins/opencode/shell.ts";
import { findProgram, type LaunchContext } from "../../src/plugin.ts";

const CONTEXT: LaunchContext<OpencodeFacts> = {
  install: { command: "/bin/opencode", facts: { ripgrep: "/bin/rg" } },
  options: {},
  prompt: "go",
  cwd: "/project",
  home: "/private/home",
  origin: "http://127.0.0.1:9330/harness_to_mcp",
  token: "host-key-1",
  secret: "pass-word-1",
};

const CONFIG = "config/opencode/opencode.json";
const BASH = await findProgram("bash");

const configOf = (context: LaunchContext<OpencodeFacts>) =>
  JSON.parse(prepareOpencode(context, { PATH: "/bin" }).files?.[CONFIG] ?? "");

describe("the launch of opencode", () => {
  it("serves on a port that it takes itself", () => {
    const { command, args } = prepareOpencode(CONTEXT, { PATH: "/bin" });

    expect([command, ...args]).toEqual(
      "/bin/opencode serve --hostname 127.0.0.1 --port 0".split(" "),
    );
  });

  it("has its key in a file alone, and its password in no argument", () => {
    const { args, env, files = {} } = prepareOpencode(CONTEXT, { PATH: "/bin" });

    expect(JSON.stringify([args, env])).not.toContain(CONTEXT.token);
    expect(JSON.stringify(args)).not.toContain(CONTEXT.secret);
    const withKey = Object.keys(files).filter((name) => files[name]?.includes(CONTEXT.token));
    expect(withKey).toEqual([CONFIG]);
    expect(files[CONFIG]?.startsWith("#!")).toBe(false);
  });

  it("stands apart from the user's settings, or lies over them", () => {
    const user = { PATH: "/bin", XDG_CONFIG_HOME: "/home/ada/config" };
    const apart = prepareOpencode(CONTEXT, user).env;
    const over = prepareOpencode({ ...CONTEXT, options: { settings: "user" } }, user).env;

    expect(apart?.["XDG_CONFIG_HOME"]).toBe("/private/home/config");
    expect(apart).toHaveProperty("OPENCODE_DISABLE_PROJECT_CONFIG");
    expect(over).not.toHaveProperty("XDG_CONFIG_HOME");
    expect(over).not.toHaveProperty("OPENCODE_DISABLE_PROJECT_CONFIG");
    expect(over?.["OPENCODE_CONFIG_DIR"]).toBe("/private/home/config/opencode");
  });

  it("starts in a folder of its own, where no `tsconfig.json` but ours counts, or in the user's", () => {
    const apart = prepareOpencode(CONTEXT, { PATH: "/bin" });
    const over = prepareOpencode({ ...CONTEXT, options: { settings: "user" } }, { PATH: "/bin" });

    expect(apart.cwd).toBe("/private/home/start");
    expect(apart.files).toMatchObject({ "tsconfig.json": "{}", "package.json": "{}" });
    expect(over.cwd).toBeUndefined();
  });

  it("allows everything, unless its own rules shall hold", () => {
    const options = { permissions: "harness" } as const;

    expect(configOf(CONTEXT).permission).toEqual({ "*": "allow" });
    expect(configOf({ ...CONTEXT, options })).not.toHaveProperty("permission");
  });

  it("is pointed at the messages API of this host", () => {
    const { model, provider, shell } = configOf(CONTEXT);

    expect(model).toBe("h2m/h2m");
    expect(shell).toBe("/private/home/shell/bash");
    expect(provider.h2m).toMatchObject({
      npm: "@ai-sdk/anthropic",
      options: {
        baseURL: "http://127.0.0.1:9330/harness_to_mcp/v1",
        apiKey: "host-key-1",
        timeout: false,
        headerTimeout: false,
        chunkTimeout: 2_147_483_647,
      },
    });
  });

  it("is told the model of the options", () => {
    const { model, provider } = configOf({ ...CONTEXT, options: { model: "oak-7" } });

    expect(model).toBe("h2m/oak-7");
    expect(Object.keys(provider.h2m.models)).toEqual(["oak-7"]);
  });

  it("leaves HOME alone and moves all else into its private folder", () => {
    const { env = {} } = prepareOpencode(CONTEXT, { PATH: "/bin", HOME: "/home/ada" });

    expect(env).not.toHaveProperty("HOME");
    expect(env).not.toHaveProperty("PATH");
    for (const name of ["CONFIG", "DATA", "CACHE", "STATE"])
      expect(env[`XDG_${name}_HOME`]).toMatch(/^\/private\/home\//);
    expect(env["TMPDIR"]).toMatch(/^\/private\/home\//);
  });

  it("reaches us directly, whatever proxy the user has", () => {
    const { env } = prepareOpencode(CONTEXT, { PATH: "/bin", NO_PROXY: "intra.example" });

    expect(env?.["NO_PROXY"]).toBe("intra.example,127.0.0.1,localhost,::1");
  });

  it("finds a ripgrep that is not on PATH", () => {
    const install = { command: "opencode", facts: { ripgrep: "/cache/bin/rg" } };

    const { env } = prepareOpencode({ ...CONTEXT, install }, { PATH: "/usr/bin:/bin" });

    expect(env?.["PATH"]).toBe("/usr/bin:/bin:/cache/bin");
  });
});

describe("the shell of opencode's tools", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "shim-"));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** Runs a command as OpenCode does, in the environment that the launch gives it; with a `seat`, for one of its sessions. */
  async function shell(command: string, user: Record<string, string> = {}, seat?: string) {
    const path = process.env["PATH"] ?? "";
    const plan = prepareOpencode(
      {
        ...CONTEXT,
        home: folder,
        install: { command: "opencode", facts: { ripgrep: "/bin/rg", bash: BASH } },
      },
      { PATH: path, ...user },
    );
    const file = join(folder, "shell", "bash");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, plan.files?.["shell/bash"] ?? "");
    await chmod(file, 0o700);
    if (seat !== undefined) {
      await mkdir(join(folder, "seats"), { recursive: true });
      await writeFile(join(folder, "seats", "ses_1"), seat);
    }
    const marks = { H2M_LAUNCH: "mark", H2M_CALL: "c1", H2M_SESSION: "ses_1" };
    return execa(file, ["-c", command], {
      env: { PATH: path, ...user, ...plan.env, OPENCODE_PID: "1", ...marks },
      extendEnv: false,
      reject: false,
      stdin: "ignore",
    });
  }

  it("has the user's environment, and the mark of the launch", async () => {
    const user = {
      HOME: "/home/ada",
      XDG_CONFIG_HOME: "/home/ada/it's mine $HOME",
      npm_config_registry: "http://registry.example",
    };

    const { stdout } = await shell("env -0", user);

    expect(variablesOf(stdout)).toEqual({ ...user, H2M_LAUNCH: "mark", H2M_CALL: "c1" });
  });

  it("has what is its session's own above all", async () => {
    const user = { XDG_CONFIG_HOME: "/home/ada/config", LEAF: "oak" };
    const own = {
      H2M_LAUNCH: "mark of the seat",
      XDG_CONFIG_HOME: "/elsewhere",
      TEXT: 'it\'s "two"\n`lines` of $HOME \\',
      "not.a-name": "x",
    };

    const { stdout, stderr } = await shell("env -0", user, exportsOf(own));

    const { "not.a-name": _, ...rest } = own;
    expect(variablesOf(stdout)).toEqual({ ...user, ...rest, H2M_CALL: "c1" });
    expect(stderr).toBe("");
  });

  it("keeps what dash would drop: exported functions, and names with a dot", async () => {
    const user = {
      "A.B": "dotted",
      "BASH_FUNC_greet%%": "() { echo hello; }",
      BASH_ENV: join(folder, "env.sh"),
    };
    await writeFile(user.BASH_ENV, `echo once >> "${folder}/read.txt"\n`);

    const { stdout } = await shell("greet; env | grep ^A.B", user);

    expect(stdout).toBe("hello\nA.B=dotted");
    // By the tool's own shell, as always, and by nobody else.
    expect(await readFile(join(folder, "read.txt"), "utf8")).toBe("once\n");
  });

  it("is bash, with the arguments as they were", async () => {
    const { stdout } = await shell(`[[ -n $BASH_VERSION ]] && printf '%s|' 'a  b' "it's" '$x'`);

    expect(stdout).toBe("a  b|it's|$x|");
  });

  it("passes both outputs and the exit code on", async () => {
    const { stdout, stderr, exitCode } = await shell("echo out; echo err >&2; exit 3");

    expect({ stdout, stderr, exitCode }).toEqual({ stdout: "out", stderr: "err", exitCode: 3 });
  });

  it("outlives a shell that is killed, and says nothing of its own", async () => {
    const { stdout, stderr, exitCode } = await shell("echo out; kill -9 $$");

    expect({ stdout, stderr, exitCode }).toEqual({ stdout: "out", stderr: "", exitCode: 137 });
  });
});

/** The variables in the output of `env -0`, but those of every shell. */
function variablesOf(output: string): Record<string, string> {
  const names = ["_", "PWD", "OLDPWD", "SHLVL", "PATH"];
  const seen = output.split("\0").map((entry) => /^([^=]*)=(.*)$/s.exec(entry)?.slice(1) ?? []);
  return Object.fromEntries(seen.filter(([name]) => name && !names.includes(name)));
}

describe("finding opencode", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "install-")));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  async function program(path: string, text: string): Promise<string> {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { mode: 0o755 });
    return file;
  }

  it("gives a program as it is, with the version of its package", async () => {
    const file = await program("node_modules/opencode-ai/bin/opencode.exe", "\x7fELF…");
    await writeFile(
      join(folder, "node_modules/opencode-ai/package.json"),
      '{"name":"opencode-ai","version":"9.8.7"}',
    );
    const link = join(folder, "opencode");
    await symlink(file, link);

    expect(await opencode.detect({ command: link })).toMatchObject({
      command: link,
      version: "9.8.7",
    });
  });

  it("starts the platform's own program where npm ran no install scripts", async () => {
    const wrapper = await program(
      "node_modules/opencode-ai/bin/opencode.exe",
      "echo not installed",
    );
    const name = `opencode-${process.platform}-${process.arch}`;
    const native = [
      await program(`node_modules/${name}/bin/opencode`, "\x7fELF…"),
      await program(`node_modules/${name}-musl/bin/opencode`, "\x7fELF…"),
    ];

    const install = await opencode.detect({ command: wrapper });

    expect(native).toContain(install?.command);
  });

  it("finds nothing where there is nothing", async () => {
    expect(await opencode.detect({ command: join(folder, "opencode") })).toBeUndefined();
  });
});

describe("the line that attaches opencode", () => {
  it("is a shell line whose config has our address and the key as it is", async () => {
    const line = opencode.attach?.({ origin: CONTEXT.origin, key: `"$(echo 'key 1')"` });

    const { stdout } = await execa("bash", [
      "-c",
      `opencode() { printf '%s\\n' "$OPENCODE_CONFIG_CONTENT" "$H2M_KEY"; }; ${line}`,
    ]);

    const [config = "", key] = stdout.split("\n");
    expect(key).toBe("key 1");
    expect(JSON.parse(config).provider.h2m).toMatchObject({
      npm: "@ai-sdk/openai-compatible",
      options: {
        baseURL: "http://127.0.0.1:9330/harness_to_mcp/v1",
        apiKey: "{env:H2M_KEY}",
        headerTimeout: false,
        chunkTimeout: 2_147_483_647,
      },
    });
  });
});
