import type { Partitioned } from "../../catalogue/partitions.ts";
import { formatBytes, parseQuantity } from "../../kubernetes/quantity.ts";
import type { Budget } from "./budget.ts";
import type { ManagedPostgres } from "./data.ts";

const mebibyte = 2 ** 20;

/** Shares of an instance's memory. */
const sharedBuffersShare = 0.25;
const cacheShare = 0.7;
/** Shares of the log's volume. A checkpoint comes before the first; a replica that is behind is given up at the second. */
const maxWalShare = 0.4;
const slotKeepShare = 0.4;

/**
 * Server settings, from the size of an instance. Settings of a fixed value have their reason beside them.
 * https://www.postgresql.org/docs/18/runtime-config.html
 */
export function parameters({ resources, storage, maxConnections }: ManagedPostgres): Record<string, string> {
  const memory = parseQuantity(resources.memory);
  const wal = parseQuantity(storage.wal);
  const megabytes = (bytes: number): string => `${Math.floor(bytes / mebibyte)}MB`;
  return {
    max_connections: String(maxConnections),
    shared_buffers: megabytes(memory * sharedBuffersShare),
    // What the planner believes is cached, here and by the kernel.
    effective_cache_size: megabytes(memory * cacheShare),
    work_mem: megabytes(workMem(memory, maxConnections)),
    maintenance_work_mem: megabytes(memory / 16),
    max_wal_size: megabytes(wal * maxWalShare),
    max_slot_wal_keep_size: megabytes(wal * slotKeepShare),
    // The replicas have slots; this only bridges the making of one.
    wal_keep_size: megabytes(wal / 16),
    // Fewer checkpoints, each spread over most of the interval: less is written twice.
    checkpoint_timeout: "15min",
    checkpoint_completion_target: "0.9",
    // Network storage of clouds seeks as fast as it reads on.
    random_page_cost: "1.1",
    // Logical decoding is not used: less is written.
    wal_level: "replica",
    // A replica lets a query finish for so long before it goes on applying: reads are then behind by no more.
    max_standby_streaming_delay: "30s",
    // A transaction that its client forgot holds back vacuum and locks.
    idle_in_transaction_session_timeout: "60s",
    // Slower than the objective of 200 ms for a whole request: worth a look.
    log_min_duration_statement: "500ms",
    log_lock_waits: "on",
    log_checkpoints: "on",
    log_autovacuum_min_duration: "1s",
    "pg_stat_statements.track": "top",
    "pg_stat_statements.max": "5000",
  };
}

/**
 * Memory for one sort or hash. A query may take several at once, and not every connection is in one: half of what the
 * buffers leave, divided by the connections.
 */
function workMem(memory: number, maxConnections: number): number {
  const share = (memory * (1 - sharedBuffersShare) * 0.5) / maxConnections;
  // The server is told whole MiB.
  return Math.max(4, Math.floor(share / mebibyte)) * mebibyte;
}

/** Share of an instance's memory that may be planned with: the rest is the server's own, and the kernel's cache. */
const memoryShare = 0.9;

/** Memory of an instance with every connection in a sort at the same time, in MiB. */
export function memoryBudget({ resources, maxConnections }: ManagedPostgres): Budget {
  const memory = parseQuantity(resources.memory);
  const sort = workMem(memory, maxConnections);
  const lines = [
    { what: "shared buffers", amount: Math.ceil((memory * sharedBuffersShare) / mebibyte) },
    {
      what: `${maxConnections} connections × ${sort / mebibyte} MiB for a sort`,
      amount: (sort / mebibyte) * maxConnections,
    },
  ];
  const limit = Math.floor(memory / mebibyte);
  const sum = lines.reduce((total, { amount }) => total + amount, 0);
  return { name: "memory of an instance", unit: "MiB", lines, sum, limit, allowed: Math.floor(limit * memoryShare) };
}

/** What is wrong with a server's sizes: each with the numbers. */
export function sizeProblems(server: ManagedPostgres): string[] {
  const problems: string[] = [];
  const memory = memoryBudget(server);
  if (memory.sum > memory.allowed) {
    problems.push(
      `${server.maxConnections} connections and the shared buffers need ${formatBytes(memory.sum * mebibyte)} ` +
        `of ${server.resources.memory}: lower maxConnections or raise resources.memory.`,
    );
  }
  if (parseQuantity(server.storage.wal) < 2 ** 30) {
    problems.push(
      `the log's volume is ${server.storage.wal}: give it 1Gi or more, as one checkpoint writes up to that.`,
    );
  }
  if (server.synchronous && server.instances < 3) {
    problems.push(
      `${server.instances} instances with synchronous commits stop writing when one is lost: give it 3, or commit asynchronously.`,
    );
  }
  return problems;
}

/** Share of the data's volume that planned data may take: vacuum, sorts and growth beyond the plan need the rest. */
const dataShare = 0.8;

/** Partitions that are kept longer than there is room for: the sum and the room, in the numbers of the plan. */
export function retentionProblems({ storage }: ManagedPostgres, partitioned: readonly Partitioned[]): string[] {
  if (partitioned.length === 0) return [];
  // Those that are kept and the current one; those ahead are empty until their time.
  const quarters = Math.max(...partitioned.map(({ keep }) => keep)) + 1;
  const need = quarters * parseQuantity(storage.quarter);
  const room = parseQuantity(storage.data) * dataShare;
  return need <= room
    ? []
    : [
        `${quarters} quarters of ${storage.quarter} are ${formatBytes(need)}, and ${dataShare * 100} % of the data's volume of ` +
          `${storage.data} is ${formatBytes(Math.floor(room / mebibyte) * mebibyte)}.`,
      ];
}
