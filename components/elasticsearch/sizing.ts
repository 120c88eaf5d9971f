import { formatBytes, parseQuantity } from "../../kubernetes/quantity.ts";
import type { Kept, ManagedElasticsearch } from "./data.ts";

/** Elasticsearch stops filling a node at 85 % (low watermark); merges need room of their own before that. */
const usableShare = 0.7;
/** Less than that and the heap is too small to start dependably: the operator's own default. */
const leastMemory = "2Gi";

/** Copies of each shard beside the first. */
export function copies({ nodes }: Pick<ManagedElasticsearch, "nodes">): 0 | 1 {
  return nodes === 1 ? 0 : 1;
}

/** An index rolls over once a day and is deleted that many days later, so that its first entries are a day older. */
export function daysOnDisk({ days }: Kept): number {
  return days + 1;
}

/** Bytes on all nodes together when everything is as old as it gets. */
export function bytesOnDisk(server: ManagedElasticsearch): number {
  const one = (kept: Kept): number => parseQuantity(kept.daily) * daysOnDisk(kept);
  return (one(server.traces) + one(server.logs)) * (1 + copies(server));
}

/** What does not fit: retention against the disks, memory, times that are none. */
export function elasticsearchProblems(server: ManagedElasticsearch): string[] {
  const problems: string[] = [];
  for (const [name, { days }] of Object.entries({ traces: server.traces, logs: server.logs })) {
    if (!Number.isInteger(days) || days < 1) problems.push(`keeps ${name} for ${days} days; give whole days from 1.`);
  }
  const needed = bytesOnDisk(server);
  const room = server.nodes * parseQuantity(server.storage.size);
  if (needed > usableShare * room) {
    const perDay = `${server.traces.daily} of traces for ${server.traces.days} days and ${server.logs.daily} of logs for ${server.logs.days} days`;
    problems.push(
      `${perDay} take up to ${gibibytes(needed)} with ${copies(server)} copies and a day until deletion; ` +
        `${server.nodes} × ${server.storage.size} hold ${gibibytes(usableShare * room)} (70 %). ` +
        "Keep it for fewer days, or give larger volumes.",
    );
  }
  if (parseQuantity(server.resources.memory) < parseQuantity(leastMemory)) {
    problems.push(`has ${server.resources.memory} of memory a node; give ${leastMemory} or more.`);
  }
  return problems;
}

/** Rolls over well before a shard is too large to move: 50 GB at most (Elastic's advice), sooner on small disks. */
export function largestShard({ storage }: ManagedElasticsearch): string {
  const bytes = Math.min(50 * 2 ** 30, parseQuantity(storage.size) / 10);
  return `${Math.max(1, Math.floor(bytes / 2 ** 30))}gb`;
}

function gibibytes(bytes: number): string {
  return formatBytes(Math.ceil(bytes / 2 ** 30) * 2 ** 30);
}
