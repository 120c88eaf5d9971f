import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { daemonFolder } from "../support/daemon.ts";
import type { RenderedServer } from "../support/postgres/rendered.ts";
import { column, createDatabases, loginOf, runTool, startRendered, toolOf } from "../support/postgres/rendered.ts";

const folder = daemonFolder("query-plans");
let postgres: RenderedServer;
let owner: Client;
let service: Client;

beforeAll(async () => {
  postgres = await startRendered("dev");
  const { objects, server, superuser } = postgres;
  await createDatabases(superuser, objects);
  await runTool(toolOf(objects, folder.path, server.port), "migrate", "--now", "2031-02-14T12:00:00Z");
  owner = await server.connect("health", loginOf(objects, "health_migrator"));
  service = await server.connect("health", loginOf(objects, "health_a"));
  await service.query(`
    INSERT INTO user_health_data (user_id, data_type, data_value, created_at)
      SELECT n % 500, (ARRAY['pulse', 'sleep', 'tongue'])[1 + n % 3],
        CASE WHEN n % 200 = 0 THEN '{"blood_pressure": 120}'::jsonb ELSE '{"bpm": 60}' END,
        '2031-01-01'::timestamptz + n * interval '10 minutes'
      FROM generate_series(1, 39000) n;
    INSERT INTO diagnosis_records (user_id, diagnosis_type, status, created_at)
      SELECT n % 500, 'tongue', (ARRAY['open', 'done'])[1 + n % 2], '2031-01-01'::timestamptz + n * interval '1 minute'
      FROM generate_series(1, 20000) n;
    INSERT INTO ai_analysis_results (agent_name, result, confidence)
      SELECT (ARRAY['xiaoai', 'xiaoke', 'laoke', 'soer'])[1 + n % 4], '{}', (n % 100) / 100.0
      FROM generate_series(1, 20000) n`);
  await owner.query("SET ROLE health");
  await owner.query("ANALYZE user_health_data, diagnosis_records, ai_analysis_results");
});

afterAll(async () => {
  await (service as Client | undefined)?.end();
  await (owner as Client | undefined)?.end();
  await (postgres as RenderedServer | undefined)?.stop();
  folder.remove();
});

interface PlanNode {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** The plan of a query, each of its nodes after the one above it. */
async function plan(client: Client, query: string): Promise<PlanNode[]> {
  const [answer] = await column(client, `EXPLAIN (FORMAT JSON) ${query}`);
  const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];
  return (answer as { readonly Plan: PlanNode }[]).flatMap(({ Plan }) => flat(Plan));
}

/** It holds nothing here, so that one way to read it is as good as another. */
const empty = "user_health_data_default";

/** Indexes that a plan uses on what holds rows; those of partitions by the name of the table's own. */
async function indexesOf(client: Client, nodes: readonly PlanNode[]): Promise<string[]> {
  const names = nodes.flatMap((node) => (node["Relation Name"] === empty ? [] : (node["Index Name"] ?? [])));
  const parents = `SELECT DISTINCT coalesce(inhparent, i::regclass)::regclass::text
    FROM unnest($1::text[]) i LEFT JOIN pg_inherits ON inhrelid = i::regclass ORDER BY 1`;
  return (await column(client, parents, names)).map(String);
}

describe("the planned queries", () => {
  const lastTen = "SELECT * FROM user_health_data WHERE user_id = 123 ORDER BY created_at DESC LIMIT 10";

  it.each([
    ["the last ten of a user", lastTen, "idx_user_health_data_user_time"],
    [
      "the last ten of a user and type",
      "SELECT * FROM user_health_data WHERE user_id = 123 AND data_type = 'pulse' ORDER BY created_at DESC LIMIT 10",
      "idx_user_health_data_user_type_time",
    ],
    [
      "who has a blood pressure",
      "SELECT * FROM user_health_data WHERE data_value ? 'blood_pressure'",
      "idx_user_health_data_value_gin",
    ],
    [
      "the latest diagnoses of a user in a status",
      "SELECT * FROM diagnosis_records WHERE user_id = 123 AND status = 'done' ORDER BY created_at DESC LIMIT 10",
      "idx_diagnosis_records_user_status_time",
    ],
    [
      "the surest results of an agent",
      "SELECT * FROM ai_analysis_results WHERE agent_name = 'xiaoai' ORDER BY confidence DESC, created_at DESC LIMIT 10",
      "idx_ai_analysis_agent_confidence",
    ],
  ])("for %s use their index alone, and sort nothing", async (_, query, index) => {
    const nodes = await plan(service, query);
    expect(await indexesOf(service, nodes)).toEqual([index]);
    const types = nodes.map((node) => node["Node Type"]);
    expect(types).not.toContain("Sort");
    const read = nodes.filter((node) => node["Node Type"] === "Seq Scan").map((node) => node["Relation Name"]);
    expect(read.filter((table) => table !== empty)).toEqual([]);
  });

  it("for the last ten of a user would sort with the plan's index alone", async () => {
    await owner.query("BEGIN; DROP INDEX idx_user_health_data_user_time");
    const types = (await plan(owner, lastTen)).map((node) => node["Node Type"]);
    await owner.query("ROLLBACK");
    expect(types).toContain("Sort");
  });

  it("with a range of time read the partitions of that time only", async () => {
    const nodes = await plan(
      service,
      "SELECT count(*) FROM user_health_data WHERE created_at >= '2031-04-01+00' AND created_at < '2031-07-01+00'",
    );
    expect(nodes.flatMap((node) => node["Relation Name"] ?? [])).toEqual(["user_health_data_2031_q2"]);
  });
});
