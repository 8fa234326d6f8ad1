// Starts the built `longshore serve`, and dev-s3 where a test needs it, each in a folder of its own.

import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
/** Where the binaries are: the workspace's own target folder, unless cargo was told otherwise. */
const target = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug");

const OPTIONS = {
  local: () => "",
  "aws-s3": (s3) => options(s3, "public-read"),
  "aws-s3-private": (s3) => options(s3, "private"),
};

function options(s3, acl) {
  return `
[upload.config.providerOptions.s3Options]
region = "eu-central-1"
endpoint = "${s3}"
forcePathStyle = true
credentials = { accessKeyId = "dev-s3", secretAccessKey = "dev-s3-secret" }
[upload.config.providerOptions.s3Options.params]
ACL = "${acl}"
Bucket = "media"
`;
}

/** Starts a host on the provider; `t.after` ends it. `server` and `extra` go into `config/longshore.toml`. */
export async function host(t, provider, { permissions = [], allow = "all", config = "", server = "", extra = "" } = {}) {
  const project = mkdtempSync(join(tmpdir(), "longshore-client-"));
  t.after(() => rmSync(project, { recursive: true, force: true }));
  const s3 = provider === "local" ? undefined : await devS3(t);
  mkdirSync(join(project, "config"));
  mkdirSync(join(project, "public/uploads"), { recursive: true });
  writeFileSync(
    join(project, "config/plugins.toml"),
    `[upload.config]\nprovider = "${provider}"\n${config}\n${OPTIONS[provider](s3?.endpoint)}`,
  );
  const ports = [await freePort(), await freePort()];
  writeFileSync(
    join(project, "config/longshore.toml"),
    `[server]\nbind = "127.0.0.1:${ports[0]}"\nadminBind = "127.0.0.1:${ports[1]}"\n${server}\n` +
      `[permissions]\npublic = ${JSON.stringify(permissions)}\n${extra}`,
  );
  const longshore = join(target, "longshore");
  const run = (...args) => execFileSync(longshore, args, { cwd: project, encoding: "utf8" });
  const token = allow && JSON.parse(run("token", "create", "client", "--allow", allow, "--json")).token;
  const running = spawn(longshore, ["serve"], { cwd: project, stdio: ["ignore", "inherit", "pipe"] });
  let log = "";
  running.stderr.on("data", (data) => (log += data));
  t.after(() => ended(running, "SIGTERM"));
  const base = `http://127.0.0.1:${ports[0]}`;
  await answers(`${base}/_health`, running, () => log);
  return { base, baseURL: `${base}/api`, token, project, s3, run, log: () => log, admin: `http://127.0.0.1:${ports[1]}` };
}

async function devS3(t) {
  const server = spawn(join(target, "dev-s3"), ["--port", "0", "--bucket", "media", "--json", ...CREDENTIALS], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => ended(server, "SIGINT"));
  const line = await new Promise((resolve, reject) => {
    let text = "";
    server.stdout.on("data", (data) => {
      text += data;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    server.on("exit", (code) => reject(new Error(`dev-s3 ended with ${code}`)));
  });
  return { endpoint: JSON.parse(line).endpoint };
}

const CREDENTIALS = ["--access-key-id", "dev-s3", "--secret-access-key", "dev-s3-secret"];

function ended(child, signal) {
  if (child.exitCode !== null) return undefined;
  return new Promise((resolve) => {
    child.on("exit", resolve);
    child.kill(signal);
  });
}

async function answers(url, server, log) {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (server.exitCode !== null) throw new Error(`longshore serve ended with ${server.exitCode}:\n${log()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`no answer from ${url}:\n${log()}`);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

for (const name of ["longshore", "dev-s3"]) {
  if (!existsSync(join(target, name))) {
    throw new Error(`${join(target, name)} is not built: run \`cargo build --workspace\` first`);
  }
}
