import { describe, expect, it } from "vitest";
import { migrations } from "../../catalogue/migrations.ts";
import { partitioned } from "../../catalogue/partitions.ts";
import { services } from "../../catalogue/services.ts";
import type { ManagedPostgres } from "../../components/postgres/data.ts";
import { Findings } from "../../policies/finding.ts";
import { migrationFindings } from "../../policies/migrations.ts";
import { prod } from "../../stacks/prod.ts";
import { built, environmentOf } from "../support/environments.ts";

/** What is wrong with prod once its PostgreSQL is changed. */
function problems(change: Partial<ManagedPostgres>): string[] {
  const environment = environmentOf("prod");
  const postgres: ManagedPostgres = { ...prod.systems.postgres, ...change };
  try {
    built({ ...environment, data: { ...environment.data, systems: { ...environment.data.systems, postgres } } });
    return [];
  } catch (error) {
    if (!(error instanceof Findings)) throw error;
    return error.findings.map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`.trim());
  }
}

const { poolers, resources, storage } = prod.systems.postgres;

describe("a PostgreSQL does not build", () => {
  it("in prod without backups", () => {
    expect(problems({ backups: { kind: "none" } })).toEqual([
      "stacks/prod.ts: systems.postgres: has no backups, and this environment must be recoverable. Give it an object store.",
    ]);
  });

  it("when more clients may come than the poolers take, with the sum and who asks for most", () => {
    const found = problems({ poolers: { ...poolers, maxClientConnections: 1000 } });
    expect(found).toHaveLength(2);
    // 7 services of 10 + 3 pods with the plan's pool of 20 + 30, and the largest a second time.
    expect(found[0]).toContain(
      `clients of the rw pooler: ${7 * 13 * 50 + 10 * 50} may be asked for, and 3000 are there (largest: `,
    );
    expect(found[0]).toContain("auth-service: 13 pods × 50 = 650");
    expect(found[1]).toContain(`clients of the ro pooler: ${7 * 13 * 40 + 10 * 40} may be asked for`);
  });

  it("when the poolers may open more connections than the server has for them", () => {
    const [found] = problems({ maxConnections: 150 });
    expect(found).toContain(
      "connections of the primary: 236 may be asked for, and 117 (80 % of 150 less what is reserved) are there",
    );
    expect(found).toContain("rw poolers: 4 pods in a rollout × 14 (user, database) × 4 = 224");
    expect(found).toContain("Add poolers, raise maxConnections, or lower pools or scales.");
  });

  it("when its connections could need more memory than it has", () => {
    const found = problems({ resources: { ...resources, memory: "1Gi" } });
    expect(found).toEqual([
      "stacks/prod.ts: systems.postgres: 350 connections and the shared buffers need 1656Mi of 1Gi: " +
        "lower maxConnections or raise resources.memory.",
    ]);
  });

  it("when it keeps more than its volume holds", () => {
    expect(problems({ storage: { ...storage, data: "50Gi" } })).toEqual([
      "stacks/prod.ts: systems.postgres: 61 quarters of 1Gi are 61Gi, and 80 % of the data's volume of 50Gi is 40Gi. " +
        "Raise storage.data, or keep fewer quarters.",
    ]);
  });

  it("when its log's volume is smaller than one checkpoint", () => {
    expect(problems({ storage: { ...storage, wal: "512Mi" } })).toEqual([
      "stacks/prod.ts: systems.postgres: the log's volume is 512Mi: give it 1Gi or more, as one checkpoint writes up to that.",
    ]);
  });

  it("when a synchronous commit has only one replica to wait for", () => {
    expect(problems({ instances: 2 })).toEqual([
      "stacks/prod.ts: systems.postgres: 2 instances with synchronous commits stop writing when one is lost: " +
        "give it 3, or commit asynchronously.",
    ]);
  });
});

describe("migrations", () => {
  const files = migrations["health"] ?? {};
  const found = (change: Readonly<Record<string, string>>, rule: string): string[] =>
    migrationFindings(services, { health: { ...files, ...change } }, partitioned)
      .filter((finding) => finding.rule === `migrations/${rule}`)
      .map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);

  it("of the catalogue keep every rule", () => {
    expect(migrationFindings(services, migrations, partitioned)).toEqual([]);
  });

  it("of a database that no service has are refused, as are partitions", () => {
    const unknown = migrationFindings(services, { heath: {}, ...migrations }, [
      { database: "sleep", table: "nights", column: "at", ahead: 2, keep: 4 },
    ]);
    const place = unknown
      .filter(({ rule }) => rule === "migrations/unknown-database")
      .map((finding) => `${finding.place}: ${finding.problem} ${finding.fix}`);
    expect(place).toEqual([
      'catalogue/migrations/heath: no service keeps data in "heath". Did you mean "health"?',
      expect.stringContaining('catalogue/partitions.ts: nights: no service keeps data in "sleep".'),
    ]);
  });

  it.each([
    ["a file was changed", { "00001_tables.sql": "-- +goose Up\nSELECT 1;\n" }],
    ["a file was added", { "00004_more.sql": "-- +goose Up\nSELECT 1;\n" }],
  ])("whose sums are not current are refused: %s", (_, change) => {
    expect(found(change, "sums")).toEqual([
      expect.stringMatching(/^catalogue\/migrations\/health\/migrations\.sum: is not what its files are\. Run \(cd /),
    ]);
  });

  it("outside of a transaction have one statement, which can be run again", () => {
    const two =
      "-- +goose NO TRANSACTION\n-- +goose Up\nDROP INDEX IF EXISTS a;\nDROP INDEX IF EXISTS b; -- the other;\n";
    expect(found({ "00004_drop.sql": two }, "one-statement").join()).toContain(
      "00004_drop.sql: has 2 statements outside of a transaction",
    );
    const once = "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY a ON t (a);\n";
    expect(found({ "00004_index.sql": once }, "again").join()).toContain("Write IF NOT EXISTS, or IF EXISTS.");
    const right = once.replace("CONCURRENTLY", "CONCURRENTLY IF NOT EXISTS");
    expect(["one-statement", "again"].flatMap((rule) => found({ "00004_index.sql": right }, rule))).toEqual([]);
  });

  it("do nothing CONCURRENTLY in a transaction", () => {
    const content = "-- +goose Up\nCREATE INDEX CONCURRENTLY IF NOT EXISTS a ON t (a);\n";
    expect(found({ "00004_index.sql": content }, "concurrently").join()).toContain("Add -- +goose NO TRANSACTION.");
  });

  it("are numbered, and say where they begin", () => {
    expect(found({ "add-notes.sql": "SELECT 1;\n" }, "name")).toHaveLength(1);
    expect(found({ "00004_notes.sql": "SELECT 1;\n" }, "up")).toHaveLength(1);
  });

  it("keep whole quarters", () => {
    const [of] = partitioned.map((table) => ({ ...table, keep: 0 }));
    expect(migrationFindings(services, migrations, of === undefined ? [] : [of]).map(({ problem }) => problem)).toEqual(
      ["is 2 quarters ahead and keeps 0."],
    );
  });
});
