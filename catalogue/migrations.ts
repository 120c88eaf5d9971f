import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The files that bring each database to its schema: database → file → content, `migrations.sum` among them. */
export type Migrations = Readonly<Record<string, Readonly<Record<string, string>>>>;

const folder = join(import.meta.dirname, "migrations");

/** What stands in `catalogue/migrations/<database>/`. */
export const migrations: Migrations = Object.fromEntries(
  readdirSync(folder)
    .sort()
    .map((database) => [
      database,
      Object.fromEntries(
        readdirSync(join(folder, database))
          .sort()
          .map((file) => [file, readFileSync(join(folder, database, file), "utf8")]),
      ),
    ]),
);
