import type { Rotations } from "../../kubernetes/secrets.ts";
import type { ExternalPostgres, ManagedPostgres } from "./data.ts";
import type { DatabaseClient, Databases } from "./databases.ts";
import { externalPostgres } from "./external.ts";
import type { Surroundings } from "./managed.ts";
import { managedPostgres } from "./managed.ts";

export interface PostgresArgs {
  readonly namespace: string;
  readonly server: ExternalPostgres | ManagedPostgres;
  /** The services that keep data, each in a database of its own. */
  readonly clients: readonly DatabaseClient[];
  readonly rotations: Rotations;
  readonly surroundings: Surroundings;
}

/** PostgreSQL with a database per service: of our own, or somebody else's. */
export function postgres({ server, surroundings, ...args }: PostgresArgs): Databases {
  return server.kind === "external"
    ? externalPostgres({ ...args, server })
    : managedPostgres({ ...args, server, surroundings });
}
