import type { ManagedCache, ManagedDurable } from "../components/redis/data.ts";
import { endedShare, maxMemory, memoryShare, quorumOf, sagaBytes, volumeCopies } from "../components/redis/sizing.ts";
import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";
import { describeObject } from "../kubernetes/manifest.ts";
import { formatBytes, parseQuantity } from "../kubernetes/quantity.ts";
import type { EnvironmentData } from "../stacks/environment.ts";
import { disruptionsAllowed } from "./drain.ts";
import type { DataFinding, RenderFinding } from "./ids.ts";
import { selects } from "./pods.ts";

/** What is wrong with the Redis installations that an environment declares, before anything is built. */
export function redisDataFindings({ name, systems }: EnvironmentData<string>): DataFinding[] {
  return (["cache", "saga"] as const).flatMap((system) => {
    const data = systems[system];
    if (data.kind !== "managed") return [];
    return [...topologyFindings(data, "volume" in data), ...numberFindings(data)].map((finding) => ({
      ...finding,
      place: `stacks/${name}.ts: systems.${system}.${finding.place}`,
    }));
  });
}

function topologyFindings({ topology }: ManagedCache, durable: boolean): DataFinding[] {
  if (topology.kind === "single") return [];
  const { servers, sentinels, proxies } = topology;
  const findings: DataFinding[] = [];
  if (!Number.isInteger(sentinels) || sentinels < 3 || sentinels % 2 === 0) {
    const spare = Math.max(0, sentinels - quorumOf(sentinels));
    findings.push({
      rule: "redis/sentinels",
      place: "topology.sentinels",
      problem: `is ${sentinels}: ${quorumOf(sentinels)} have to agree, so that ${spare} may fail.`,
      fix: "Give an odd number, 3 or more: one more than that has to be there makes none safer.",
    });
  }
  // With a durable primary and one replica, every restart of either would stop writes (min-replicas-to-write).
  const fewest = durable ? 3 : 2;
  if (!Number.isInteger(servers) || servers < fewest) {
    findings.push({
      rule: "redis/servers",
      place: "topology.servers",
      problem: `is ${servers}.`,
      fix: durable
        ? "Give 3 or more: the primary takes writes only while a replica has them too, and one may be restarting."
        : "Give 2 or more: a primary and a replica that takes over.",
    });
  }
  if (!Number.isInteger(proxies) || proxies < 2) {
    findings.push({
      rule: "redis/proxies",
      place: "topology.proxies",
      problem: `is ${proxies}.`,
      fix: "Give 2 or more: every connection passes one of them.",
    });
  }
  return findings;
}

function numberFindings(data: ManagedCache | ManagedDurable): DataFinding[] {
  const quantities = Object.entries({
    memory: data.memory,
    cpu: data.cpu,
    ...("volume" in data ? { volume: data.volume } : {}),
  });
  const findings = quantities.flatMap(([place, value]): DataFinding[] => {
    try {
      parseQuantity(value);
      return [];
    } catch (error) {
      return [{ rule: "redis/quantity", place, problem: "is no quantity.", fix: (error as Error).message }];
    }
  });
  return "retentionDays" in data && findings.length === 0 ? retentionFindings(data) : findings;
}

/** Sagas that have ended stay for a while, and must never be what refuses new ones. */
function retentionFindings({ memory, volume, retentionDays, sagasPerDay }: ManagedDurable): DataFinding[] {
  const findings: DataFinding[] = [];
  const add = (place: "retentionDays" | "sagasPerDay" | "volume", problem: string, fix: string): void =>
    void findings.push({ rule: `redis/${place}`, place, problem, fix });
  if (!(retentionDays >= 1)) {
    add(
      "retentionDays",
      `is ${retentionDays}.`,
      "Give 1 day or more: sagas that have ended are what an incident is understood from.",
    );
  }
  if (!(sagasPerDay >= 1)) add("sagasPerDay", `is ${sagasPerDay}.`, "Give 1 or more.");
  const kept = retentionDays * sagasPerDay * sagaBytes;
  const data = maxMemory("redis-durable", memory);
  const room = data * endedShare;
  if (kept > room) {
    const days = Math.floor(room / (sagasPerDay * sagaBytes));
    add(
      "retentionDays",
      `is ${retentionDays}: with ${sagasPerDay} sagas a day of ${sagaBytes / 1024} KiB that is ${bytes(kept)}, and sagas that have ended may fill ${bytes(room)} of maxmemory ${bytes(data)}.`,
      `Keep them for ${days} days, or raise memory to ${bytes(kept / endedShare / memoryShare["redis-durable"])} and the volume with it.`,
    );
  }
  if (parseQuantity(volume) < data * volumeCopies) {
    add(
      "volume",
      `is ${volume} and does not hold ${volumeCopies} times maxmemory ${bytes(data)}.`,
      `Give it ${bytes(data * volumeCopies)}: the append-only file and the snapshot are both rewritten beside the old one.`,
    );
  }
  return findings;
}

/** What the rendered servers and Sentinels would not survive, whatever they were built from. */
export function redisFindings(objects: readonly KubernetesObject[]): RenderFinding[] {
  const configs = new Map(
    objects.flatMap((object) =>
      object.kind === "ConfigMap" ? [[object.metadata.name, object.data ?? {}] as const] : [],
    ),
  );
  return objects.flatMap((object) => {
    if (object.kind !== "StatefulSet") return [];
    const files = (object.spec?.template.spec?.volumes ?? []).map(({ configMap }) =>
      configs.get(configMap?.name ?? ""),
    );
    const server = files.find((data) => data?.["redis.conf"] !== undefined)?.["redis.conf"];
    const sentinel = files.some((data) => data?.["sentinel.conf"] !== undefined);
    return [
      ...(server === undefined ? [] : sizeFindings(object, new Map(server.split("\n").map(directive)))),
      ...(sentinel ? majorityFindings(object, objects) : []),
    ];
  });
}

function directive(line: string): readonly [string, string] {
  const space = line.indexOf(" ");
  return [line.slice(0, space), line.slice(space + 1)];
}

/** Data, forks and buffers share the memory limit; files that are rewritten are there twice. */
function sizeFindings(set: ObjectOf<"StatefulSet">, config: ReadonlyMap<string, string>): RenderFinding[] {
  const durable = config.get("appendonly") === "yes";
  const share = memoryShare[durable ? "redis-durable" : "redis-cache"];
  const data = Number(config.get("maxmemory") ?? Number.POSITIVE_INFINITY);
  const container = set.spec?.template.spec?.containers.find(({ name }) => name === "redis");
  const limit = String(container?.resources?.limits?.["memory"] ?? "0");
  const findings: RenderFinding[] = [];
  if (data > parseQuantity(limit) * share) {
    findings.push({
      rule: "redis/memory",
      place: describeObject(set),
      problem: `maxmemory ${bytes(data)} is more than ${share} of the memory limit ${limit}.`,
      fix: `Lower it to ${bytes(parseQuantity(limit) * share)}, or raise the limit to ${bytes(data / share)}.`,
    });
  }
  const volume = set.spec?.volumeClaimTemplates?.find(({ metadata }) => metadata?.name === "data");
  const size = String(volume?.spec?.resources?.requests?.["storage"] ?? "0");
  if (durable && parseQuantity(size) < data * volumeCopies) {
    findings.push({
      rule: "redis/volume",
      place: describeObject(set),
      problem: `its volume of ${size} does not hold ${volumeCopies} times maxmemory ${bytes(data)}.`,
      fix: `Give it ${bytes(data * volumeCopies)}: the append-only file and the snapshot are both rewritten beside the old one.`,
    });
  }
  return findings;
}

/** In whole MiB, as people write it. */
function bytes(value: number): string {
  return Number.isFinite(value) ? formatBytes(Math.ceil(value / 2 ** 20) * 2 ** 20) : "without end";
}

/** A drain that takes a majority of the Sentinels away leaves nobody to name a primary. */
function majorityFindings(set: ObjectOf<"StatefulSet">, objects: readonly KubernetesObject[]): RenderFinding[] {
  const replicas = set.spec?.replicas ?? 1;
  const spare = replicas - quorumOf(replicas);
  const labels = set.spec?.template.metadata?.labels ?? {};
  const budgets = objects.filter(
    (object) => object.kind === "PodDisruptionBudget" && selects(object.spec?.selector?.matchLabels, labels),
  );
  const allowed = Math.min(
    replicas,
    ...budgets.map((budget) => disruptionsAllowed(budget as ObjectOf<"PodDisruptionBudget">, replicas)),
  );
  if (allowed <= spare) return [];
  return [
    {
      rule: "redis/majority",
      place: describeObject(set),
      problem: `${allowed} of ${replicas} Sentinels may be drained at once, and a majority of ${quorumOf(replicas)} has to stay.`,
      fix: `Give them a disruption budget of maxUnavailable: ${Math.max(1, spare)}.`,
    },
  ];
}
