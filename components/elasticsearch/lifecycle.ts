import type { Kept, ManagedElasticsearch } from "./data.ts";
import { logStreams } from "./log-documents.ts";
import { copies, largestShard } from "./sizing.ts";

/** Names of the lifecycle policies, which Jaeger's templates and those of log streams refer to. */
export const lifecyclePolicies = { traces: "suoke-traces", logs: "suoke-logs" } as const;

/** A call of Elasticsearch's REST API; the same call again changes nothing. */
export interface Call {
  readonly path: string;
  readonly body: object;
}

/** Everything that decides how long data is kept, in the order in which it must be there. */
export function lifecycleCalls(server: ManagedElasticsearch): Call[] {
  return [
    { path: `_ilm/policy/${lifecyclePolicies.traces}`, body: lifecyclePolicy(server, server.traces) },
    { path: `_ilm/policy/${lifecyclePolicies.logs}`, body: lifecyclePolicy(server, server.logs) },
    {
      // The template that comes with Elasticsearch for OpenTelemetry's log streams takes this up where it exists:
      // https://www.elastic.co/docs/reference/elasticsearch/index-lifecycle-actions
      path: "_component_template/logs@custom",
      body: {
        template: {
          settings: {
            "index.lifecycle.name": lifecyclePolicies.logs,
            "index.number_of_shards": 1,
            "index.number_of_replicas": copies(server),
            // A service that logs a new field with each line must not blow up the mapping for all.
            "index.mapping.total_fields.limit": 1000,
            "index.mapping.total_fields.ignore_dynamic_beyond_limit": true,
          },
        },
      },
    },
    ...snapshotCalls(server),
  ];
}

/** https://www.elastic.co/docs/manage-data/lifecycle/index-lifecycle-management */
function lifecyclePolicy(server: ManagedElasticsearch, { days }: Kept): object {
  return {
    policy: {
      phases: {
        hot: {
          min_age: "0ms",
          actions: {
            rollover: { max_age: "1d", max_primary_shard_size: largestShard(server) },
            set_priority: { priority: 100 },
          },
        },
        // Counted from the rollover, so that nothing is deleted before its time.
        delete: { min_age: `${days}d`, actions: { delete: {} } },
      },
    },
  };
}

/** https://www.elastic.co/docs/deploy-manage/tools/snapshot-and-restore/create-snapshots */
function snapshotCalls({ snapshots }: ManagedElasticsearch): Call[] {
  if (snapshots.kind === "none") return [];
  const { bucket, path, schedule, keepDays } = snapshots;
  return [
    { path: "_snapshot/suoke", body: { type: "s3", settings: { bucket, base_path: path } } },
    {
      path: "_slm/policy/suoke-daily",
      body: {
        name: "<suoke-{now/d}>",
        schedule,
        repository: "suoke",
        config: { indices: ["*-jaeger-*", logStreams], include_global_state: false },
        retention: { expire_after: `${keepDays}d`, min_count: 3 },
      },
    },
  ];
}
