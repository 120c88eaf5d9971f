import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyring } from "../../components/redis/credentials.ts";
import type { ManagedCache, ManagedDurable } from "../../components/redis/data.ts";
import { redisCache, redisDurable } from "../../components/redis/redis.ts";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { Findings } from "../../policies/finding.ts";
import { redisFindings } from "../../policies/redis.ts";
import type { Environment } from "../../stacks/environment.ts";
import { built, committed, environmentOf } from "../support/environments.ts";
import { canaryValue } from "../support/secrets.ts";

const prod = environmentOf("prod");
const { cache, saga } = prod.data.systems;
if (cache.kind !== "managed" || saga.kind !== "managed") throw new Error("prod's Redis is not ours.");

const shared = { namespace: "test", zoneSpread: "required", rotations: () => 0 } as const;
const durable = (rotations: Rotations = shared.rotations) =>
  redisDurable({ ...shared, rotations, data: saga, clients: [{ service: "consultation-service", keys: ["saga:*"] }] });
const caching = (data: ManagedCache = cache) =>
  redisCache({
    ...shared,
    data,
    clients: [
      { service: "user-service", keys: ["user_profile:*"] },
      { service: "health-data-service", keys: ["health_data:*", "ai_diagnosis:*"] },
    ],
  });

/** Whether an object has that name; one that ends in a dash stands for a name with a hash. */
const named = ({ metadata }: KubernetesObject, name: string): boolean =>
  name.endsWith("-") ? metadata.name.startsWith(name) : metadata.name === name;

function find<Kind extends KubernetesObject["kind"]>(
  objects: readonly KubernetesObject[],
  kind: Kind,
  name: string,
): ObjectOf<Kind> {
  const found = objects.find((object) => object.kind === kind && named(object, name));
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found as ObjectOf<Kind>;
}

function config(objects: readonly KubernetesObject[], name: string): Map<string, string> {
  const lines = (find(objects, "ConfigMap", `${name}-config-`).data?.["redis.conf"] ?? "").trim().split("\n");
  return new Map(lines.map((line) => [line.split(" ", 1)[0] ?? "", line.slice(line.indexOf(" ") + 1)]));
}

/** A file of a Secret, with values that say whose they are. */
function secretFile(objects: readonly KubernetesObject[], name: string, key: string): string {
  const value = find(objects, "Secret", name).stringData[key];
  return typeof value === "object" ? canaryValue(value) : (value ?? "");
}

/** The rules of a user in an ACL file. */
const rulesOf = (acl: string, user: string): string =>
  acl.split("\n").find((line) => line.startsWith(`user ${user} `)) ?? "";

describe("the durable Redis", () => {
  const objects = objectsOf([durable().component]);
  const settings = config(objects, "redis-durable");

  it("evicts nothing, writes an append-only file, and takes no write that no replica has", () => {
    expect(settings.get("maxmemory-policy")).toBe("noeviction");
    expect(settings.get("appendonly")).toBe("yes");
    expect(settings.get("appendfsync")).toBe("everysec");
    expect(settings.get("min-replicas-to-write")).toBe("1");
  });

  it("fills at most 0.6 of its memory, as forking for its files needs the rest", () => {
    expect(Number(settings.get("maxmemory"))).toBeLessThanOrEqual(0.6 * 2 * 2 ** 30);
    expect(Number(settings.get("maxmemory"))).toBeGreaterThan(0.59 * 2 * 2 ** 30);
  });

  it("keeps its volumes when it is deleted or made smaller", () => {
    const { spec } = find(objects, "StatefulSet", "redis-durable");
    expect(spec?.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: "Retain", whenScaled: "Retain" });
    expect(spec?.volumeClaimTemplates?.[0]?.spec?.resources?.requests).toEqual({ storage: "8Gi" });
  });

  it("gives its owner the keys of sagas and nothing else", () => {
    const rules = rulesOf(secretFile(objects, "redis-durable-server", "users.acl"), "consultation-service_a");
    expect(rules.match(/~\S+/g)).toEqual(["~saga:*"]);
    expect(rules).toContain("-@dangerous");
    expect(rules).toContain("+wait");
    expect(rules).toContain(">CANARY-redis-durable-consultation-service-0");
  });

  it("lets the retention job in, which goes through the sagas every hour", () => {
    expect(find(objects, "CronJob", "redis-durable-retention").spec.schedule).toBe("17 * * * *");
    const policy = find(objects, "NetworkPolicy", "redis-durable-proxy").spec;
    expect(JSON.stringify(policy?.ingress)).toContain("redis-durable-retention");
  });
});

describe("the cache", () => {
  const objects = objectsOf([caching().component]);

  it("drops what is least used and writes nothing to disk", () => {
    const settings = config(objects, "redis-cache");
    expect(settings.get("maxmemory-policy")).toBe("allkeys-lfu");
    expect(settings.get("appendonly")).toBe("no");
    expect(settings.get("save")).toBe('""');
    expect(find(objects, "StatefulSet", "redis-cache").spec?.volumeClaimTemplates).toBeUndefined();
  });

  it("fills at most 0.75 of its memory", () => {
    expect(Number(config(objects, "redis-cache").get("maxmemory"))).toBeLessThanOrEqual(0.75 * 4 * 2 ** 30);
  });

  it("gives each service its own keys and no others", () => {
    const acl = secretFile(objects, "redis-cache-server", "users.acl");
    expect(rulesOf(acl, "user-service_a").match(/~\S+/g)).toEqual(["~user_profile:*"]);
    expect(rulesOf(acl, "health-data-service_a").match(/~\S+/g)).toEqual(["~health_data:*", "~ai_diagnosis:*"]);
    expect(rulesOf(acl, "default")).toBe("user default off");
  });

  it("is found under a plain URL with the service's user, in a Secret", () => {
    const { secret, key, value } = caching().url("user-service");
    expect([secret, key]).toEqual(["redis-cache-secret", "user-service-url"]);
    expect(canaryValue(value)).toBe("redis://user-service_a:CANARY-redis-cache-user-service-0@redis-cache:6379/0");
  });

  it("says in ConfigMap redis-config where it is, and not how to log in", () => {
    expect(find(objects, "ConfigMap", "redis-config").data).toEqual({
      "redis-host": "redis-cache",
      "redis-port": "6379",
    });
  });

  it("is one server without Sentinels and proxies where that is enough", () => {
    const single = objectsOf([caching({ ...cache, topology: { kind: "single" } }).component]);
    expect(single.filter(({ kind }) => kind === "StatefulSet")).toHaveLength(1);
    expect(single.filter(({ kind }) => kind === "Deployment")).toHaveLength(0);
    expect(find(single, "Service", "redis-cache").spec?.selector).toEqual({ app: "redis-cache" });
  });

  it("lets in the services that use it, at the proxies, and nobody at the servers", () => {
    const peers = (name: string): string[] =>
      (find(objects, "NetworkPolicy", name).spec?.ingress ?? [])
        .flatMap(({ from = [] }) => from)
        .flatMap(({ podSelector }) => podSelector?.matchLabels?.["app"] ?? []);
    expect(peers("redis-cache-proxy")).toEqual(["user-service", "health-data-service"]);
    expect(peers("redis-cache")).toEqual(["redis-cache", "redis-cache-sentinel", "redis-cache-proxy"]);
  });
});

describe("a password", () => {
  it("is accepted by servers one rotation before it is used and one after", () => {
    fc.assert(
      fc.property(fc.nat({ max: 50 }), (rotation) => {
        const password = canaryOfRing(keyring("x", rotation).current);
        return [rotation - 1, rotation, rotation + 1]
          .filter((number) => number >= 0)
          .every((number) => keyring("x", number).accepted.map(canaryOfRing).includes(password));
      }),
    );
  });

  it("is not accepted any more two rotations later", () => {
    fc.assert(
      fc.property(fc.nat({ max: 50 }), fc.integer({ min: 2, max: 9 }), (rotation, later) => {
        const password = canaryOfRing(keyring("x", rotation).current);
        return !keyring("x", rotation + later)
          .accepted.map(canaryOfRing)
          .includes(password);
      }),
    );
  });

  it("changes the service's user with each rotation, so that both exist while pods roll", () => {
    const rotated = durable((id) => (id === "redis-durable-consultation-service" ? 1 : 0));
    expect(canaryValue(rotated.url("consultation-service").value)).toContain("redis://consultation-service_b:");
    const acl = secretFile(objectsOf([rotated.component]), "redis-durable-server", "users.acl");
    expect(rulesOf(acl, "consultation-service_a")).not.toBe("");
    expect(rulesOf(acl, "consultation-service_b")).not.toBe("");
  });
});

const canaryOfRing = ({ id, rotation }: { readonly id: string; readonly rotation: number }) => `${id} ${rotation}`;

/** What is wrong with prod when its Redis is declared like this. */
function problems(change: {
  readonly cache?: Partial<ManagedCache>;
  readonly saga?: Partial<ManagedDurable>;
}): string[] {
  const systems = { ...prod.data.systems, cache: { ...cache, ...change.cache }, saga: { ...saga, ...change.saga } };
  const environment = { ...prod, data: { ...prod.data, systems } } as Environment<string>;
  try {
    built(environment);
    return [];
  } catch (error) {
    if (!(error instanceof Findings)) throw error;
    return error.findings.map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);
  }
}

describe("an environment does not build", () => {
  const topology = { kind: "sentinel", servers: 3, sentinels: 3, proxies: 2 } as const;

  it("with several mistakes, and all are told at once", () => {
    const found = problems({
      cache: { memory: "4 GB", topology: { ...topology, proxies: 1 } },
      saga: { retentionDays: 0, sagasPerDay: 0 },
    });
    expect(found.map((text) => text.split(":")[1]?.trim())).toEqual([
      "systems.cache.topology.proxies",
      "systems.cache.memory",
      "systems.saga.retentionDays",
      "systems.saga.sagasPerDay",
    ]);
  });
});

describe("the rendered servers", () => {
  const objects = objectsOf(built(prod));
  const changed = (kind: KubernetesObject["kind"], name: string, change: (text: string) => string) =>
    objects.map((object) =>
      object.kind === kind && named(object, name)
        ? (JSON.parse(change(JSON.stringify(object))) as KubernetesObject)
        : object,
    );
  const found = (list: readonly KubernetesObject[]) =>
    redisFindings(list).map(({ place, problem }) => `${place}: ${problem}`);

  it.each(committed.map(({ name }) => name))("of %s fit into their memory and volumes", (name) => {
    expect(found(objectsOf(built(environmentOf(name))))).toEqual([]);
  });

  it("are refused with more data than their memory holds", () => {
    const more = (text: string) => text.replace(/maxmemory \d+/, `maxmemory ${2 * 2 ** 30}`);
    expect(found(changed("ConfigMap", "redis-durable-config-", more))[0]).toBe(
      "StatefulSet redis-durable: maxmemory 2Gi is more than 0.6 of the memory limit 2Gi.",
    );
  });

  it("are refused when a drain could take the Sentinels' majority", () => {
    const two = (text: string) => text.replace('"maxUnavailable":1', '"maxUnavailable":2');
    expect(found(changed("PodDisruptionBudget", "redis-cache-sentinel", two))).toEqual([
      "StatefulSet redis-cache-sentinel: 2 of 3 Sentinels may be drained at once, and a majority of 2 has to stay.",
    ]);
  });
});
