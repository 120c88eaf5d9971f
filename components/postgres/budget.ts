import type { ManagedPostgres } from "./data.ts";
import type { DatabaseClient } from "./databases.ts";
import { poolerSurge, poolerTypes } from "./poolers.ts";

/** One line of a sum. */
export interface BudgetLine {
  readonly what: string;
  readonly amount: number;
}

/** What may be asked of something that has only so much. */
export interface Budget {
  readonly name: string;
  readonly unit: "connections" | "MiB";
  readonly lines: readonly BudgetLine[];
  readonly sum: number;
  /** What it has. */
  readonly limit: number;
  /** The most that may be asked of it. */
  readonly allowed: number;
}

/** Kept for superusers by PostgreSQL itself (superuser_reserved_connections). */
const reserved = 3;
/** The exporter asks one server at a time, and may be replaced while it does. */
const exporterConnections = 2;
/** A migration's lock and its work, and the job that makes partitions. */
const jobConnections = 3;
/** The operator's own: its checks and the lookup of passwords, per pooler's pod. */
const operatorConnections = 3;
/** The alert fires at 80 % of the connections in use; what is planned must stay below it. */
const alertShare = 0.8;

/**
 * Connections at the largest scale, in the middle of a rollout, with the largest service running a second track: of clients
 * to each pooler, and of poolers and everything else to a server.
 */
export function connectionBudgets(server: ManagedPostgres, clients: readonly DatabaseClient[]): Budget[] {
  const types = poolerTypes(server);
  return [
    ...types.map((type) => clientBudget(type, server, clients)),
    ...types.map((type) => serverBudget(type, server, clients)),
  ];
}

function clientBudget(
  type: "rw" | "ro",
  { poolers, instances }: ManagedPostgres,
  clients: readonly DatabaseClient[],
): Budget {
  const perPod = ({ pool, replicaPool }: DatabaseClient): number => {
    const primary = pool.size + pool.overflow;
    const replica = replicaPool.size + replicaPool.overflow;
    // Without replicas the primary takes both.
    if (type === "ro") return replica;
    return instances === 1 ? primary + replica : primary;
  };
  const lines = clients.map((client) => ({
    what: `${client.service}: ${client.pods + client.surge} pods × ${perPod(client)}`,
    amount: (client.pods + client.surge) * perPod(client),
  }));
  const second = clients.reduce((most, client) => Math.max(most, client.pods * perPod(client)), 0);
  const limit = poolers.instances * poolers.maxClientConnections;
  return budget(
    `clients of the ${type} pooler`,
    [...lines, { what: "second track of the largest", amount: second }],
    limit,
    limit,
  );
}

function serverBudget(type: "rw" | "ro", server: ManagedPostgres, clients: readonly DatabaseClient[]): Budget {
  const { poolers, maxConnections } = server;
  // Both slots of a credential, as pods of both are there while it rotates.
  const pairs = clients.length * 2;
  const pods = poolers.instances + poolerSurge;
  const lines: BudgetLine[] = [
    {
      what: `${type} poolers: ${pods} pods in a rollout × ${pairs} (user, database) × ${poolers.poolSize}`,
      amount: pods * pairs * poolers.poolSize,
    },
    ...(type === "rw" ? [{ what: "migrations and partitions, straight to the server", amount: jobConnections }] : []),
    { what: "exporter", amount: exporterConnections },
    { what: "operator", amount: operatorConnections + pods },
  ];
  const allowed = Math.floor(alertShare * (maxConnections - reserved));
  return budget(`connections of ${type === "rw" ? "the primary" : "a replica"}`, lines, maxConnections, allowed);
}

function budget(name: string, lines: readonly BudgetLine[], limit: number, allowed: number): Budget {
  const sum = lines.reduce((total, { amount }) => total + amount, 0);
  return { name, unit: "connections", lines, sum, limit, allowed };
}

/** Budgets that are exceeded: each with the sum and the largest contributors. */
export function budgetProblems(budgets: readonly Budget[]): string[] {
  return budgets
    .filter(({ sum, allowed }) => sum > allowed)
    .map(({ name, lines, sum, limit, allowed }) => {
      const largest = [...lines].sort((a, b) => b.amount - a.amount).slice(0, 3);
      const contributors = largest.map(({ what, amount }) => `${what} = ${amount}`).join("; ");
      const most = allowed === limit ? `${limit}` : `${allowed} (80 % of ${limit} less what is reserved)`;
      return `${name}: ${sum} may be asked for, and ${most} are there (largest: ${contributors}).`;
    });
}
