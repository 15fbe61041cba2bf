import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseYAML } from "confbox/yaml";

const DEPLOY = join(import.meta.dirname, "../../deploy");
const file = (name) => join(DEPLOY, name);

/** Each file, by the program that would take it, as far as that can be asked here. Gives what is wrong. */
export async function lint() {
  const folder = await mkdtemp(join(tmpdir(), "h2m-deploy-"));
  try {
    const nginx = join(folder, "nginx.conf");
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
    const subject = ["-subj", "/CN=h2m.example.com", "-days", "1", "-nodes"];
    await run(
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-keyout",
      key,
      "-out",
      certificate,
      ...subject,
    );
    const text = await readFile(file("nginx.conf"), "utf8");
    await writeFile(
      nginx,
      text
        .replace("/etc/ssl/h2m/fullchain.pem", certificate)
        .replace("/etc/ssl/h2m/privkey.pem", key),
    );
    const unit = join(folder, "h2m.service");
    await writeFile(unit, await readFile(file("h2m.service"), "utf8"));
    const found = [
      ["haproxy.cfg", await run("haproxy", "-c", "-f", file("haproxy.cfg"))],
      ["nginx.conf", await run("nginx", "-t", "-q", "-c", nginx, "-g", `pid ${folder}/pid;`)],
      [
        "Caddyfile",
        await run("caddy", "validate", "--adapter", "caddyfile", "--config", file("Caddyfile")),
      ],
      ["Dockerfile", await run("npx", "-y", "dockerfile-utils@0.16.3", "lint", file("Dockerfile"))],
      ["compose.yaml", await run("npx", "-y", "dclint@3.1.0", "--quiet", file("compose.yaml"))],
      ["kubernetes.yaml", await kubernetes()],
    ];
    if (await has("systemd-analyze"))
      found.push(["h2m.service", await run("systemd-analyze", "verify", unit)]);
    return found;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every document has a kind and a name, and what it points at within the file is there. */
async function kubernetes() {
  const text = await readFile(file("kubernetes.yaml"), "utf8");
  const documents = text.split(/^---$/m).map((each) => parseYAML(each));
  const nameless = documents.find(({ kind, metadata }) => !kind || !metadata?.name);
  if (nameless) return `a document without a kind or a name: ${JSON.stringify(nameless)}`;
  const of = (kind) => documents.find((each) => each.kind === kind);
  const { template, selector } = of("Deployment").spec;
  const { labels } = template.metadata;
  const [container] = template.spec.containers;
  const volumes = template.spec.volumes.map(({ name }) => name);
  const unknown = container.volumeMounts.filter(({ name }) => !volumes.includes(name));
  if (unknown.length > 0) return `no volume for ${JSON.stringify(unknown)}`;
  const selected = [selector.matchLabels, of("Service").spec.selector];
  const wrong = selected.filter((each) => JSON.stringify(each) !== JSON.stringify(labels));
  if (wrong.length > 0) return `selects what is not there: ${JSON.stringify(wrong)}`;
  const config = template.spec.volumes.find(({ name }) => name === "config").configMap.name;
  return config === of("ConfigMap").metadata.name ? undefined : `no ConfigMap ${config}`;
}

async function has(program) {
  return (await execa(program, ["--version"], { reject: false })).exitCode === 0;
}

/** What a program has against it; nothing if it is content. */
async function run(program, ...args) {
  const { exitCode, all } = await execa(program, args, {
    reject: false,
    all: true,
    timeout: 120_000,
  });
  return exitCode === 0 ? undefined : (all ?? `${program} could not be started`);
}
