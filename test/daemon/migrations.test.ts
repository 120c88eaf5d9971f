import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { daemonFolder, eventually } from "../support/daemon.ts";
import type { RenderedServer, Tool, ToolRun } from "../support/postgres/rendered.ts";
import {
  column,
  createDatabases,
  databasesOf,
  loginOf,
  runTool,
  startRendered,
  startTool,
  toolOf,
} from "../support/postgres/rendered.ts";

let postgres: RenderedServer;
const folder = daemonFolder("migrations");

beforeAll(async () => {
  postgres = await startRendered("dev");
});

afterAll(async () => {
  await (postgres as RenderedServer | undefined)?.stop();
  folder.remove();
});

let tool: Tool;
let runs = 0;
let health: Client;

beforeEach(async () => {
  const { objects, server, superuser } = postgres;
  await createDatabases(superuser, objects);
  tool = toolOf(objects, join(folder.path, String(++runs)), server.port);
  health = await server.connect("health");
  return () => health.end();
});

/** Everything that migrations make of a database, as text: relations, their columns and indexes. */
function schema(client: Client): Promise<unknown[]> {
  return column(
    client,
    `SELECT format('%s %s %s', c.relkind, c.relname, coalesce(pg_get_indexdef(i.indexrelid),
       (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)))
     FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid AND i.indisvalid
     WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
}

const appliedVersions = "SELECT version_id::int FROM goose_db_version WHERE version_id > 0 ORDER BY id";
const invalidIndexes = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid";
/** Connections of the tool that the server still has. */
const toolConnections = "SELECT pid FROM pg_stat_activity WHERE application_name = 'suoke-postgres-tool'";

/** Adds a migration as a person would: the file, and its line in migrations.sum. */
function addMigration(file: string, content: string): void {
  const sums = join(tool.migrations("health"), "migrations.sum");
  writeFileSync(join(tool.migrations("health"), file), content);
  writeFileSync(sums, `${readFileSync(sums, "utf8")}${sha256(content)}  ${file}\n`);
}

/** Leaves only the first migrations, as the release before had them. */
function keepMigrations(count: number): void {
  const path = tool.migrations("health");
  const lines = readFileSync(join(path, "migrations.sum"), "utf8").trim().split("\n");
  for (const line of lines.slice(count)) rmSync(join(path, line.split("  ")[1] ?? ""));
  writeFileSync(join(path, "migrations.sum"), `${lines.slice(0, count).join("\n")}\n`);
}

function sha256(content: string): string {
  return createHash("sha256").update(content).digest("hex");
}

async function expectRefusal(run: ToolRun, reason: string): Promise<void> {
  const { code, output } = await run.ended;
  expect([code, output]).toEqual([1, expect.stringContaining(reason)]);
}

describe("migrations", () => {
  it("bring empty databases to the schema, with every index valid", async () => {
    await runTool(tool, "migrate");
    expect(await column(health, appliedVersions)).toEqual([1, 2, 3]);
    expect(await column(health, invalidIndexes)).toEqual([]);
    const tables = await column(
      health,
      "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relname !~ '^pg_|^sql_'",
    );
    expect(tables).toEqual(expect.arrayContaining(["user_health_data", "diagnosis_records", "ai_analysis_results"]));
  });

  it("change nothing when they are run again", async () => {
    await runTool(tool, "migrate");
    const before = await schema(health);
    expect(await runTool(tool, "migrate")).not.toContain('"migrated"');
    expect(await schema(health)).toEqual(before);
  });

  it("are applied once when two run at the same time", async () => {
    const both = await Promise.all([startTool(tool, "migrate").ended, startTool(tool, "migrate").ended]);
    expect(both.map(({ code, output }) => (code === 0 ? "" : output))).toEqual(["", ""]);
    expect(await column(health, appliedVersions)).toEqual([1, 2, 3]);
    expect(await column(health, invalidIndexes)).toEqual([]);
  });

  it("drop the half-made index of a run that was killed, and make it anew", async () => {
    const all = tool;
    tool = toolOf(postgres.objects, join(folder.path, `${runs}-first`), postgres.server.port);
    keepMigrations(1);
    await runTool(tool, "migrate");
    // A transaction that goes on holds up CREATE INDEX CONCURRENTLY after it has made an invalid index.
    const holder = await postgres.server.connect("health");
    await holder.query("BEGIN");
    await holder.query("INSERT INTO diagnosis_records (user_id, diagnosis_type, status) VALUES (1, 'tongue', 'open')");
    const killed = startTool(all, "migrate");
    const half = ["idx_diagnosis_records_user_status_time"];
    await eventually("an index is half made", async () => (await column(health, invalidIndexes)).length > 0);
    killed.kill();
    expect((await killed.ended).code).toBe(-1);
    await eventually(
      "its statement gives up",
      async () => (await column(postgres.superuser, toolConnections)).length === 0,
    );
    expect(await column(health, invalidIndexes)).toEqual(half);
    await holder.query("COMMIT");
    await holder.end();

    expect(await runTool(all, "migrate")).toContain("dropping an index that was left half-made");
    expect(await column(health, invalidIndexes)).toEqual([]);
    expect(await column(health, appliedVersions)).toEqual([1, 2, 3]);
  });

  it("end in the same schema after having been killed at any moment", async () => {
    await runTool(tool, "migrate");
    const wanted = await schema(health);
    for (const milliseconds of [30, 80, 150, 300]) {
      await health.end();
      await createDatabases(postgres.superuser, postgres.objects);
      const killed = startTool(tool, "migrate");
      setTimeout(killed.kill, milliseconds);
      await killed.ended;
      await runTool(tool, "migrate");
      health = await postgres.server.connect("health");
      expect(await schema(health), `killed after ${milliseconds} ms`).toEqual(wanted);
      expect(await column(health, appliedVersions)).toEqual([1, 2, 3]);
    }
  });

  it("wait for a table that somebody uses without making others wait behind them", async () => {
    await runTool(tool, "migrate");
    const holder = await postgres.server.connect("health");
    await holder.query("BEGIN");
    await holder.query("SELECT count(*) FROM diagnosis_records");
    addMigration("00004_note.sql", "-- +goose Up\nALTER TABLE diagnosis_records ADD COLUMN note text;\n");
    const run = startTool(tool, "migrate");
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'suoke-postgres-tool' AND wait_event_type = 'Lock'`;
    await eventually("it waits for the lock", async () => (await column(postgres.superuser, waiting)).length > 0);
    // Whoever comes now waits behind it, until it gives up and tries again later.
    const reader = await postgres.server.connect("health", loginOf(postgres.objects, "health_a"));
    await reader.query("SET statement_timeout = '30s'");
    await reader.query("SELECT count(*) FROM diagnosis_records");
    await reader.end();
    await holder.query("COMMIT");
    await holder.end();
    const { code, output } = await run.ended;
    expect([code, output]).toEqual([0, expect.stringContaining("a lock was not to be had")]);
  });

  it("refuse a file that was changed after it has been applied", async () => {
    await runTool(tool, "migrate");
    const path = tool.migrations("health");
    const file = "00003_ai_analysis_index.sql";
    const before = readFileSync(join(path, file), "utf8");
    const sums = readFileSync(join(path, "migrations.sum"), "utf8");
    writeFileSync(join(path, file), `${before}-- changed\n`);
    await expectRefusal(startTool(tool, "migrate"), `migration ${file} is not what migrations.sum says`);
    writeFileSync(join(path, "migrations.sum"), sums.replace(sha256(before), sha256(`${before}-- changed\n`)));
    await expectRefusal(startTool(tool, "migrate"), `migration ${file} has been applied and was changed since`);
  });

  it("refuse to go on without a file that has been applied", async () => {
    await runTool(tool, "migrate");
    keepMigrations(2);
    await expectRefusal(
      startTool(tool, "migrate"),
      "migration 00003_ai_analysis_index.sql has been applied and is gone",
    );
  });

  it("say that a database cannot be reached with an exit code of its own", async () => {
    mkdirSync(join(folder.path, "empty"), { recursive: true });
    const nowhere = {
      ...tool,
      env: Object.fromEntries(Object.keys(tool.env).map((name) => [name, "postgresql://x@127.0.0.1:1/x"])),
    };
    const { code, output } = await startTool(nowhere, "migrate", "--wait", "1s").ended;
    expect([code, output]).toEqual([2, expect.stringContaining("database auth cannot be reached")]);
  });
});

describe("the roles of a service", () => {
  beforeEach(async () => {
    await runTool(tool, "migrate");
  });

  it("log in to its own database, and to no other", async () => {
    const login = loginOf(postgres.objects, "auth_a");
    await (await postgres.server.connect("auth", login)).end();
    for (const database of databasesOf(postgres.objects).filter((name) => name !== "auth")) {
      await expect(postgres.server.connect(database, login), database).rejects.toThrow(
        `permission denied for database "${database}"`,
      );
    }
  });

  it.each(["health_a", "health_b"])("%s reads and writes rows, and changes no schema", async (role) => {
    const client = await postgres.server.connect("health", loginOf(postgres.objects, role));
    try {
      await client.query(
        `INSERT INTO user_health_data (user_id, data_type, data_value) VALUES (1, 'pulse', '{"bpm": 60}')`,
      );
      await client.query("UPDATE user_health_data SET data_value = '{}' WHERE user_id = 1");
      expect(await column(client, "DELETE FROM user_health_data WHERE user_id = 1 RETURNING user_id")).toEqual([1]);
      for (const statement of [
        "CREATE TABLE other (id int)",
        "DROP TABLE diagnosis_records",
        "TRUNCATE diagnosis_records",
      ]) {
        await expect(client.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
      }
    } finally {
      await client.end();
    }
  });

  it("of the exporter reads statistics of every database, and rows of none", async () => {
    for (const database of databasesOf(postgres.objects)) {
      const client = await postgres.server.connect(database, loginOf(postgres.objects, "exporter"));
      expect(await column(client, "SELECT count(*)::int > 0 FROM pg_stat_activity")).toEqual([true]);
      await client.end();
    }
    const client = await postgres.server.connect("health", loginOf(postgres.objects, "exporter"));
    await expect(client.query("SELECT * FROM diagnosis_records")).rejects.toThrow("permission denied");
    await client.end();
  });
});
