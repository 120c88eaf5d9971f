import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { ObjectOf } from "../../../kubernetes/manifest.ts";
import { unpackDebian } from "../../../local/debian.ts";
import { daemonFolder, eventually, freePort, startDaemon } from "../daemon.ts";
import type { Login } from "./server.ts";

/** A PgBouncer as the operator starts one for a Pooler: its settings with addresses and logins of a test's server. */
export interface PgBouncer {
  readonly connect: (database: string, login: Login) => Promise<Client>;
  readonly stop: () => Promise<void>;
}

/** The distribution's PgBouncer. */
export interface PgBouncerProgram {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
  /** Since 1.21 it knows max_prepared_statements. */
  readonly preparedStatements: boolean;
  readonly remove: () => void;
}

/** It refuses to run as root, and goes to where everybody may run it. */
export async function pgbouncerProgram(): Promise<PgBouncerProgram> {
  const { root, env } = await unpackDebian(["pgbouncer", "libevent-2.1-7", "libc-ares2"]);
  const folder = daemonFolder("pgbouncer");
  cpSync(join(root, "usr"), join(folder.path, "usr"), { recursive: true, verbatimSymlinks: true });
  const command = join(folder.path, "usr/sbin/pgbouncer");
  const moved = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll(root, folder.path)]),
  );
  const asked = startDaemon({ command, args: ["--version"], env: moved });
  await asked.ended;
  const version = /^PgBouncer ([0-9]+)\.([0-9]+)/.exec(asked.output());
  if (version === null) throw new Error(`PgBouncer does not tell its version: ${asked.output()}`);
  const [, major = 0, minor = 0] = version.map(Number);
  return { command, env: moved, preparedStatements: major > 1 || minor >= 21, remove: folder.remove };
}

/** Starts one pod's PgBouncer of a rendered Pooler. */
export async function startPgBouncer(
  program: PgBouncerProgram,
  { spec }: ObjectOf<"Pooler">,
  server: { readonly port: number },
  logins: readonly Login[],
): Promise<PgBouncer> {
  const folder = daemonFolder("pgbouncer");
  const port = await freePort();
  const rendered = Object.entries(spec.pgbouncer.parameters ?? {}).filter(
    ([name]) => program.preparedStatements || name !== "max_prepared_statements",
  );
  const users = join(folder.path, "users.txt");
  writeFileSync(users, logins.map(({ role, password }) => `"${role}" "${password}"\n`).join(""));
  const own = {
    pool_mode: spec.pgbouncer.poolMode ?? "session",
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: users,
  };
  const lines = [...rendered, ...Object.entries(own)].map(([name, value]) => `${name} = ${value}`);
  const config = join(folder.path, "pgbouncer.ini");
  writeFileSync(config, `[databases]\n* = host=127.0.0.1 port=${server.port}\n\n[pgbouncer]\n${lines.join("\n")}\n`);
  const daemon = startDaemon({ command: program.command, args: [config], env: program.env });
  await eventually("PgBouncer listens", () => {
    if (!daemon.running()) throw new Error(`PgBouncer has ended:\n${daemon.output()}`);
    return daemon.output().includes("process up");
  });
  return {
    connect: async (database, { role, password }) => {
      const client = new Client({ host: "127.0.0.1", port, database, user: role, password });
      client.on("error", () => undefined);
      await client.connect();
      return client;
    },
    stop: async () => {
      await daemon.stop();
      folder.remove();
    },
  };
}
