import { createHash } from "node:crypto";
import type { Migrations } from "../catalogue/migrations.ts";
import type { Partitioned } from "../catalogue/partitions.ts";
import type { Catalogue } from "../catalogue/service.ts";
import type { DataFinding, RuleOf } from "./ids.ts";
import { suggest } from "./finding.ts";

/** The file that pins the others, as sha256sum writes it. The tool refuses files that are not as it says. */
const sumsFile = "migrations.sum";

/** What is wrong with the schemas of the databases, whatever environment they are for. */
export function migrationFindings(
  catalogue: Catalogue<string>,
  migrations: Migrations,
  partitioned: readonly Partitioned[],
): DataFinding[] {
  const databases = Object.values(catalogue).flatMap(({ needs }) => needs.database?.name ?? []);
  const unknown = (place: string, database: string): DataFinding[] =>
    databases.includes(database)
      ? []
      : [at(place, "unknown-database", `no service keeps data in "${database}".`, suggest(database, databases))];
  return [
    ...Object.entries(migrations).flatMap(([database, files]) => [
      ...unknown(folderOf(database), database),
      ...sumFindings(database, files),
      ...Object.entries(files).flatMap(([file, content]) =>
        file === sumsFile ? [] : fileFindings(`${folderOf(database)}/${file}`, file, content),
      ),
    ]),
    ...partitioned.flatMap((of) => [
      ...unknown(`catalogue/partitions.ts: ${of.table}`, of.database),
      ...countFindings(of),
    ]),
  ];
}

function folderOf(database: string): string {
  return `catalogue/migrations/${database}`;
}

function at(place: string, rule: RuleOf<"migrations">, problem: string, fix: string): DataFinding {
  return { rule: `migrations/${rule}`, place, problem, fix };
}

/** `migrations.sum` lists every file with its checksum, and nothing else. */
function sumFindings(database: string, files: Readonly<Record<string, string>>): DataFinding[] {
  const wanted = Object.keys(files)
    .filter((file) => file !== sumsFile)
    .sort()
    .map(
      (file) =>
        `${createHash("sha256")
          .update(files[file] ?? "")
          .digest("hex")}  ${file}\n`,
    )
    .join("");
  return files[sumsFile] === wanted
    ? []
    : [
        at(
          `${folderOf(database)}/${sumsFile}`,
          "sums",
          "is not what its files are.",
          `Run (cd ${folderOf(database)} && sha256sum *.sql > ${sumsFile}) for a migration that is new; never change one that has been applied.`,
        ),
      ];
}

function fileFindings(place: string, file: string, content: string): DataFinding[] {
  const findings: DataFinding[] = [];
  if (!/^[0-9]{5}_[a-z0-9_]+\.sql$/.test(file)) {
    findings.push(at(place, "name", "has no name such as 00004_add_notes.sql.", "Number it after the last one."));
  }
  if (!/^-- \+goose Up$/m.test(content)) {
    findings.push(at(place, "up", "has no line -- +goose Up.", "What comes after that line is run."));
  }
  const [first, ...more] = statementsOf(content);
  if (/^-- \+goose NO TRANSACTION$/m.test(content)) {
    if (more.length > 0) {
      findings.push(
        at(
          place,
          "one-statement",
          `has ${more.length + 1} statements outside of a transaction: what came before a failure would stay.`,
          "Give each a file of its own.",
        ),
      );
    }
    if (first !== undefined && !/\bIF (NOT )?EXISTS\b/i.test(first)) {
      findings.push(
        at(
          place,
          "again",
          "cannot be run again after it was killed: outside of a transaction it may be done and not be recorded.",
          "Write IF NOT EXISTS, or IF EXISTS.",
        ),
      );
    }
  } else if ([first, ...more].some((statement) => /\bCONCURRENTLY\b/i.test(statement ?? ""))) {
    findings.push(
      at(
        place,
        "concurrently",
        "has CONCURRENTLY, which PostgreSQL refuses in a transaction.",
        "Add -- +goose NO TRANSACTION.",
      ),
    );
  }
  return findings;
}

/** Statements without comments. Text in quotes is not looked into: a migration with semicolons there has one too many. */
function statementsOf(content: string): string[] {
  return content
    .replace(/--.*$/gm, "")
    .split(";")
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

function countFindings({ table, ahead, keep }: Partitioned): DataFinding[] {
  return [ahead, keep].every((count) => Number.isInteger(count) && count >= 1)
    ? []
    : [
        at(
          `catalogue/partitions.ts: ${table}`,
          "quarters",
          `is ${ahead} quarters ahead and keeps ${keep}.`,
          "Give whole numbers, at least 1.",
        ),
      ];
}
