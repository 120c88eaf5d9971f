import { clusterAdmin, clusterRuns } from "../local/control-plane.ts";
import type { Instance } from "../local/paths.ts";
import { userInstance } from "../local/paths.ts";
import type { LiveObject } from "../local/rollout.ts";
import { rolloutOf, workloadKinds } from "../local/rollout.ts";
import { UsageError } from "../policies/finding.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { environmentNames } from "../stacks/environment.ts";
import { environmentNamed, environments } from "../stacks/load.ts";
import { kubectlOutput } from "./kubectl.ts";
import { tableLines } from "./table.ts";

/** One workload. */
export interface StatusRow {
  readonly environment: EnvironmentName;
  readonly component: string;
  readonly kind: string;
  readonly name: string;
  readonly ready: number;
  readonly desired: number;
  /** When it was created, as the server says. */
  readonly created: string;
}

/** Exit code 1 when something is not available. */
export async function statusCommand(name: string | undefined, { json }: { readonly json?: true }): Promise<void> {
  const wanted = name === undefined ? environmentNames : [environmentNamed(name)];
  const rows = await readStatus(userInstance, wanted);
  if (json === true) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) process.stdout.write(`Nothing runs in ${wanted.join(", ")} yet. Run: make up\n`);
  else process.stdout.write(`${formatStatus(rows)}\n\nContainers are simulated: no program runs in them.\n`);
  if (rows.some(({ ready, desired }) => ready < desired)) process.exitCode = 1;
}

/** @throws {UsageError} when the embedded cluster does not run */
export async function readStatus(instance: Instance, wanted: readonly EnvironmentName[]): Promise<StatusRow[]> {
  if (!(await clusterRuns(instance))) throw new UsageError("The embedded cluster does not run. Start it with: make up");
  const rows = await Promise.all(
    wanted.map(async (environment) => {
      const { namespace } = environments[environment];
      const kinds = [...workloadKinds, "HorizontalPodAutoscaler"].map(qualified).join(",");
      const answer = await kubectlOutput(clusterAdmin(instance), [
        "get",
        kinds,
        `--namespace=${namespace}`,
        "-o",
        "json",
      ]);
      const { items } = JSON.parse(answer) as { items: LiveObject[] };
      const autoscalers = new Map(
        items
          .filter(({ kind }) => kind === "HorizontalPodAutoscaler")
          .map((object) => [(object.spec?.["scaleTargetRef"] as { name: string }).name, object]),
      );
      return items
        .filter(({ kind }) => kind !== "HorizontalPodAutoscaler")
        .map((object) => row(environment, object, autoscalers.get(object.metadata.name)));
    }),
  );
  return rows.flat();
}

/** Kinds whose name others might use too. */
function qualified(kind: string): string {
  return ["Cluster", "Database", "Pooler"].includes(kind) ? `${kind}.v1.postgresql.cnpg.io` : kind;
}

function row(environment: EnvironmentName, object: LiveObject, autoscaler: LiveObject | undefined): StatusRow {
  const { name, labels, creationTimestamp = "" } = object.metadata;
  const { ready, desired } = rolloutOf(object, autoscaler);
  const component = labels?.["app.kubernetes.io/name"] ?? name;
  return { environment, component, kind: object.kind, name, ready, desired, created: creationTimestamp };
}

/** The workloads as an aligned table. @param now milliseconds since 1970, for their ages */
export function formatStatus(rows: readonly StatusRow[], now = Date.now()): string {
  return tableLines([
    ["ENVIRONMENT", "COMPONENT", "KIND", "NAME", "READY", "AGE"],
    ...rows.map((row) => [
      row.environment,
      row.component,
      row.kind,
      row.name,
      `${row.ready}/${row.desired}`,
      age(row.created, now),
    ]),
  ]).join("\n");
}

/** As kubectl writes it: the largest unit that leaves two digits or more is enough. */
function age(created: string, now: number): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(created)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
}
