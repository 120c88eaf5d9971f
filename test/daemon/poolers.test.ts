import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectionBudgets } from "../../components/postgres/budget.ts";
import { poolerName } from "../../components/postgres/poolers.ts";
import { sleep } from "../../local/process.ts";
import { staging } from "../../stacks/staging.ts";
import type { PgBouncer, PgBouncerProgram } from "../support/postgres/pgbouncer.ts";
import { pgbouncerProgram, startPgBouncer } from "../support/postgres/pgbouncer.ts";
import type { RenderedServer } from "../support/postgres/rendered.ts";
import {
  column,
  createDatabases,
  databasesOf,
  loginOf,
  poolerOf,
  startRendered,
} from "../support/postgres/rendered.ts";

let program: PgBouncerProgram;
let postgres: RenderedServer;
const pods: PgBouncer[] = [];

const { postgres: sizes } = staging.systems;

beforeAll(async () => {
  program = await pgbouncerProgram();
  postgres = await startRendered("staging");
  const { objects, server, superuser } = postgres;
  await createDatabases(superuser, objects);
  const logins = databasesOf(objects).flatMap((name) =>
    [`${name}_a`, `${name}_b`].map((role) => loginOf(objects, role)),
  );
  const pooler = poolerOf(objects, poolerName("rw"));
  for (let pod = 0; pod < (pooler.spec.instances ?? 1); pod++) {
    pods.push(await startPgBouncer(program, pooler, server, logins));
  }
});

afterAll(async () => {
  for (const pod of pods) await pod.stop();
  await (postgres as RenderedServer | undefined)?.stop();
  (program as PgBouncerProgram | undefined)?.remove();
});

/** A connection through one pod after the other, of one database and credential after the other. */
function connect(index: number): Promise<Client> {
  const databases = databasesOf(postgres.objects);
  const pod = pods[index % pods.length];
  const pair = Math.floor(index / pods.length);
  const database = databases[pair % databases.length] ?? "";
  const slot = Math.floor(pair / databases.length) % 2 === 0 ? "a" : "b";
  if (pod === undefined) throw new Error("There is no pooler.");
  return pod.connect(database, loginOf(postgres.objects, `${database}_${slot}`));
}

/** Counts the services' connections to the server from now on; the function that it returns ends that, and tells the most. */
function watchServerConnections(): () => Promise<number> {
  const watched = { most: 0, goesOn: true };
  const watching = (async () => {
    while (watched.goesOn) {
      const query = "SELECT count(*)::int FROM pg_stat_activity WHERE usename ~ '_(a|b)$'";
      watched.most = Math.max(watched.most, Number((await column(postgres.superuser, query))[0]));
      await sleep(20);
    }
  })();
  return async () => {
    watched.goesOn = false;
    await watching;
    return watched.most;
  };
}

describe("the poolers", () => {
  it("serve 500 clients in the middle of a rotation with the server connections of the budget", async () => {
    const clients = await Promise.all(Array.from({ length: 500 }, (_, index) => connect(index)));
    const watch = watchServerConnections();
    const answers = await Promise.all(
      clients.map(async (client, index) => {
        const sums = [];
        for (let turn = 0; turn < 5; turn++) {
          const [sum] = await column(client, "SELECT $1::int + $2::int FROM pg_sleep(0.02)", index, turn);
          sums.push(sum);
        }
        return sums;
      }),
    );
    const most = await watch();
    await Promise.all(clients.map((client) => client.end()));
    expect(answers).toEqual(clients.map((_, index) => [0, 1, 2, 3, 4].map((turn) => index + turn)));

    const pairs = databasesOf(postgres.objects).length * 2;
    const budget = connectionBudgets(sizes, []).find(({ name }) => name === "connections of the primary");
    expect(most).toBeGreaterThan(pairs);
    expect(most).toBeLessThanOrEqual(sizes.poolers.instances * pairs * sizes.poolers.poolSize);
    expect(most).toBeLessThanOrEqual(budget?.allowed ?? 0);
  });

  it("tell a client that no connection comes free for, instead of letting it wait for ever", async () => {
    const [pod] = pods;
    if (pod === undefined) throw new Error("There is no pooler.");
    const login = loginOf(postgres.objects, "auth_a");
    const busy = await Promise.all(
      Array.from({ length: sizes.poolers.poolSize }, async () => {
        const client = await pod.connect("auth", login);
        await client.query("BEGIN");
        return client;
      }),
    );
    const late = await pod.connect("auth", login);
    await expect(late.query("SELECT 1")).rejects.toThrow(/query_wait_timeout|terminated/);
    await Promise.all(busy.map((client) => client.end()));
    const next = await pod.connect("auth", login);
    expect(await column(next, "SELECT 1")).toEqual([1]);
    await next.end();
  });

  it("keep the prepared statements of clients that share connections", async ({ skip }) => {
    skip(!program.preparedStatements);
    const pair = pods.length * databasesOf(postgres.objects).length * 2;
    const clients = await Promise.all(Array.from({ length: 20 }, (_, index) => connect(index * pair)));
    const answers = await Promise.all(
      clients.map(async (client, index) => {
        const sums = [];
        for (let turn = 0; turn < 20; turn++) {
          const text = "SELECT $1::int + $2::int AS sum";
          const { rows } = await client.query<{ sum: number }>({ name: "sum", text, values: [index, turn] });
          sums.push(rows[0]?.sum);
        }
        return sums;
      }),
    );
    await Promise.all(clients.map((client) => client.end()));
    expect(answers).toEqual(clients.map((_, index) => Array.from({ length: 20 }, (__, turn) => index + turn)));
  });
});
