import type { Partitioned } from "../../catalogue/partitions.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { toYaml } from "../../kubernetes/render.ts";

export const metricsName = "postgres-metrics";
export const metricsKey = "queries";

/** Database of the operator's own, where no service keeps anything. */
export const platformDatabase = "suoke";

export interface MetricsArgs {
  readonly partitioned: readonly Partitioned[];
  /** Databases that restore drills are recorded in. */
  readonly drilled: readonly string[];
}

/** One query of the operator's exporter; each column is a metric `cnpg_<query>_<column>` or a label of it. */
interface MetricsQuery {
  readonly query: string;
  /** Without a row the query is left out. */
  readonly predicate_query?: string;
  readonly target_databases: readonly string[];
  readonly metrics: readonly Readonly<
    Record<string, { readonly usage: "LABEL" | "GAUGE"; readonly description: string }>
  >[];
}

/**
 * What the operator's exporter asks besides its own questions. The role that asks is a member of pg_monitor.
 * https://cloudnative-pg.io/documentation/current/monitoring/#user-defined-metrics
 */
export function metricsQueries({ partitioned, drilled }: MetricsArgs): Readonly<Record<string, MetricsQuery>> {
  const databases = [...new Set(partitioned.map(({ database }) => database))].sort();
  return {
    ...(databases.length === 0 ? {} : { suoke_partitions: partitionsQuery(databases) }),
    ...(drilled.length === 0 ? {} : { suoke_restore_drill: drillQuery(drilled) }),
  };
}

export function metricsConfig(args: MetricsArgs, metadata: Metadata): ObjectOf<"ConfigMap"> {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    // Without the label the operator would not notice a change.
    metadata: { ...metadata, labels: { ...metadata.labels, "cnpg.io/reload": "true" } },
    data: { [metricsKey]: toYaml(metricsQueries(args)) },
  };
}

function partitionsQuery(databases: readonly string[]): MetricsQuery {
  return {
    query: `
      SELECT parent.relname AS partitioned,
        extract(epoch FROM max((regexp_match(pg_get_expr(part.relpartbound, part.oid), $$TO \\('([^']+)'\\)$$))[1]::timestamptz) - now())::bigint AS ahead_seconds,
        coalesce(sum(rows.n_live_tup) FILTER (WHERE pg_get_expr(part.relpartbound, part.oid) = 'DEFAULT'), 0)::bigint AS default_rows
      FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class part ON part.oid = inhrelid
        LEFT JOIN pg_stat_user_tables rows ON rows.relid = part.oid
      WHERE parent.relkind = 'p' GROUP BY parent.relname`
      .replace(/\s+/g, " ")
      .trim(),
    target_databases: databases,
    metrics: [
      { partitioned: { usage: "LABEL", description: "Partitioned table" } },
      { ahead_seconds: { usage: "GAUGE", description: "Time until the last partition ends" } },
      { default_rows: { usage: "GAUGE", description: "Rows that no partition takes, as the statistics have it" } },
    ],
  };
}

/** The table is there as soon as a drill has succeeded: tools/postgres/drill.go. */
function drillQuery(databases: readonly string[]): MetricsQuery {
  return {
    query: `
      SELECT current_database() AS datname, extract(epoch FROM now() - max(succeeded_at))::bigint AS age_seconds,
        extract(epoch FROM (array_agg(took ORDER BY succeeded_at DESC))[1])::bigint AS took_seconds
      FROM restore_drills HAVING count(*) > 0`
      .replace(/\s+/g, " ")
      .trim(),
    predicate_query: "SELECT true WHERE to_regclass('public.restore_drills') IS NOT NULL",
    target_databases: databases,
    metrics: [
      { datname: { usage: "LABEL", description: "Database" } },
      { age_seconds: { usage: "GAUGE", description: "Time since a backup was last restored and found complete" } },
      { took_seconds: { usage: "GAUGE", description: "Time that the last drill took" } },
    ],
  };
}
