import { join } from "node:path";
import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { partitioned } from "../../catalogue/partitions.ts";
import { metricsQueries } from "../../components/postgres/metrics.ts";
import { daemonFolder, eventually } from "../support/daemon.ts";
import type { RenderedServer, Tool } from "../support/postgres/rendered.ts";
import {
  column,
  createDatabases,
  loginOf,
  runTool,
  startRendered,
  startTool,
  toolOf,
} from "../support/postgres/rendered.ts";

let postgres: RenderedServer;
const folder = daemonFolder("partitions");

beforeAll(async () => {
  postgres = await startRendered("dev");
});

afterAll(async () => {
  await (postgres as RenderedServer | undefined)?.stop();
  folder.remove();
});

/** When the migrations are run, in a quarter that nothing else here is about. */
const installed = "2031-02-14T12:00:00Z";
let tool: Tool;
let owner: Client;
let service: Client;
let runs = 0;

beforeEach(async () => {
  const { objects, server, superuser } = postgres;
  await createDatabases(superuser, objects);
  tool = toolOf(objects, join(folder.path, String(++runs)), server.port);
  await runTool(tool, "migrate", "--now", installed);
  owner = await server.connect("health", loginOf(objects, "health_migrator"));
  service = await server.connect("health", loginOf(objects, "health_a"));
  return async () => {
    await owner.end();
    await service.end();
  };
});

/** Stores a row as the service does, and says in which partition it landed. */
async function insert(at: string): Promise<unknown> {
  const statement = `INSERT INTO user_health_data (user_id, data_type, data_value, created_at) VALUES (1, 'pulse', '{}', $1)
    RETURNING tableoid::regclass::text`;
  return (await column(service, statement, at))[0];
}

const attached = `SELECT inhrelid::regclass::text FROM pg_inherits
  WHERE inhparent = 'user_health_data'::regclass AND inhrelid::regclass::text <> 'user_health_data_default' ORDER BY 1`;
const everyPartition = "SELECT relname FROM pg_class WHERE relname ~ '^user_health_data_[0-9]{4}_q[1-4]$' ORDER BY 1";
const rowsIn = (table: string): string => `SELECT created_at::text FROM ONLY ${table}`;

function named(...quarters: readonly string[]): string[] {
  return quarters.map((quarter) => `user_health_data_${quarter}`);
}

describe("partitions", () => {
  it("are there for today and the next two quarters when the migrations end", async () => {
    const { objects, superuser } = postgres;
    await service.end();
    await owner.end();
    await createDatabases(superuser, objects);
    const today = new Date();
    await runTool(tool, "migrate", "--now", today.toISOString());
    service = await postgres.server.connect("health", loginOf(objects, "health_a"));
    owner = await postgres.server.connect("health", loginOf(objects, "health_migrator"));
    const partitions = await column(owner, attached);
    expect(partitions).toHaveLength(3);
    for (const months of [0, 3, 6]) {
      const [at] = await column(service, "SELECT ($1::timestamptz + make_interval(months => $2))::text", today, months);
      expect(partitions, `a row of ${String(at)}`).toContain(await insert(String(at)));
    }
  });

  it("begin and end with the quarter in UTC", async () => {
    expect(await insert("2031-03-31 23:59:59.999999+00")).toBe("user_health_data_2031_q1");
    expect(await insert("2031-04-01 00:00:00+00")).toBe("user_health_data_2031_q2");
    expect(await insert("2031-04-01 07:59:59+08")).toBe("user_health_data_2031_q1");
  });

  it("stay ahead of the calendar for two years of nights, so that no row needs the default partition", async () => {
    for (let month = 0; month < 24; month++) {
      const night = new Date(Date.UTC(2031, 1 + month, 28, 1, 17)).toISOString();
      await runTool(tool, "partitions", "--now", night);
      for (const later of [0, 3, 6]) {
        const at = new Date(Date.UTC(2031, 1 + month + later, 28, 12)).toISOString();
        expect(await insert(at), `${at} on ${night}`).not.toBe("user_health_data_default");
      }
    }
  });

  it("take over what landed in the default partition before they were made", async () => {
    expect(await insert("2032-05-05 10:00:00+00")).toBe("user_health_data_default");
    expect(await insert("2033-05-05 10:00:00+00")).toBe("user_health_data_default");
    await runTool(tool, "partitions", "--now", "2032-05-06T01:17:00Z");
    expect(await column(owner, rowsIn("user_health_data_2032_q2"))).toEqual(["2032-05-05 10:00:00+00"]);
    expect(await column(owner, rowsIn("user_health_data_default"))).toEqual(["2033-05-05 10:00:00+00"]);
  });

  it("are made for history that was imported, as far back as the retention goes", async () => {
    const { keep } = partitioned.find(({ table }) => table === "user_health_data") ?? { keep: Number.NaN };
    const oldest = new Date(Date.UTC(2031, 1 - 3 * keep, 14)).toISOString();
    for (const at of ["2029-08-20 10:00:00+00", oldest, "1970-01-01 00:00:00+00"])
      expect(await insert(at)).toBe("user_health_data_default");
    await runTool(tool, "partitions", "--now", "2031-02-15T01:17:00Z");
    expect(await column(owner, rowsIn("user_health_data_2029_q3"))).toEqual(["2029-08-20 10:00:00+00"]);
    expect(await column(owner, rowsIn(`user_health_data_${2031 - keep / 4}_q1`))).toHaveLength(1);
    // What is older than anything that is kept is somebody's to look at, and stays where the alert sees it.
    expect(await column(owner, rowsIn("user_health_data_default"))).toEqual(["1970-01-01 00:00:00+00"]);
  });

  it("get the indexes of the table", async () => {
    await runTool(tool, "partitions", "--now", "2031-05-06T01:17:00Z");
    const indexes = `SELECT count(*)::int FROM pg_index WHERE indrelid = $1::regclass AND indisvalid`;
    const [wanted] = await column(owner, indexes, "user_health_data_default");
    expect(wanted).toBe(4);
    expect(await column(owner, indexes, "user_health_data_2031_q4")).toEqual([wanted]);
  });

  it("are dropped when their retention has passed, and not a quarter earlier", async () => {
    const { keep } = partitioned.find(({ table }) => table === "user_health_data") ?? { keep: Number.NaN };
    const after = (quarters: number): string => new Date(Date.UTC(2031, 1 + 3 * quarters, 1)).toISOString();
    await runTool(tool, "partitions", "--now", after(keep));
    expect(await column(owner, attached)).toEqual(expect.arrayContaining(named("2031_q1", "2031_q2", "2031_q3")));
    await runTool(tool, "partitions", "--now", after(keep + 1));
    const left = await column(owner, everyPartition);
    expect(left).toEqual(expect.arrayContaining(named("2031_q2", "2031_q3")));
    expect(left).not.toEqual(expect.arrayContaining(named("2031_q1")));
  });

  it("whose drop was cut off after they were detached are dropped by the next run", async () => {
    const { keep } = partitioned.find(({ table }) => table === "user_health_data") ?? { keep: Number.NaN };
    await owner.query("SET ROLE health; ALTER TABLE user_health_data DETACH PARTITION user_health_data_2031_q1");
    const later = new Date(Date.UTC(2031, 1 + 3 * (keep + 1), 1)).toISOString();
    await runTool(tool, "partitions", "--now", later);
    expect(await column(owner, everyPartition)).not.toContain("user_health_data_2031_q1");
  });

  it("are made once when two jobs run at the same time", async () => {
    const both = await Promise.all(
      [1, 2].map(() => startTool(tool, "partitions", "--now", "2032-11-06T01:17:00Z").ended),
    );
    expect(both.map(({ code, output }) => (code === 0 ? "" : output))).toEqual(["", ""]);
    const made = named("2032_q4", "2033_q1", "2033_q2");
    expect(await column(owner, attached)).toEqual([...named("2031_q1", "2031_q2", "2031_q3"), ...made]);
  });

  it("are counted by the metric that tells how far ahead they reach, and what landed in none of them", async () => {
    const { server, objects } = postgres;
    const exporter = await server.connect("health", loginOf(objects, "exporter"));
    const { query } = metricsQueries({ partitioned, drilled: [] })["suoke_partitions"] ?? { query: "" };
    const ask = async () => (await exporter.query<Record<string, string>>(query)).rows;
    const [first] = await ask();
    const ends = Date.now() / 1000 + Number(first?.["ahead_seconds"]);
    expect(first).toMatchObject({ partitioned: "user_health_data", default_rows: "0" });
    expect(Math.abs(ends - Date.UTC(2031, 9) / 1000)).toBeLessThan(60);
    await insert("2040-01-01T00:00:00Z");
    // The server counts when a session has been idle for a while.
    await eventually("the row is counted", async () => (await ask())[0]?.["default_rows"] === "1");
    await exporter.end();
  });

  it("of a time that is none are wrong use", async () => {
    const { code, output } = await startTool(tool, "partitions", "--now", "tomorrow").ended;
    expect([code, output]).toEqual([2, expect.stringContaining("--now is no time")]);
  });
});
