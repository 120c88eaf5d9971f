import { describe, expect, it } from "vitest";
import type { ManagedPostgres } from "../../components/postgres/data.ts";
import { connectionBudgets } from "../../components/postgres/budget.ts";
import { pgbouncerParameters } from "../../components/postgres/poolers.ts";
import { databaseRoles } from "../../components/postgres/roles.ts";
import { memoryBudget, parameters } from "../../components/postgres/tuning.ts";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { isSecret } from "../../kubernetes/secrets.ts";
import { mask } from "../../kubernetes/sinks.ts";
import { environmentNames } from "../../stacks/environment.ts";
import type { EnvironmentName } from "../../stacks/environment.ts";
import { environments } from "../../stacks/load.ts";
import { prod } from "../../stacks/prod.ts";
import { built, environmentOf } from "../support/environments.ts";

const rendered = Object.fromEntries(
  environmentNames.map((name) => [name, objectsOf(built(environmentOf(name)))]),
) as Record<EnvironmentName, KubernetesObject[]>;

function named<Kind extends KubernetesObject["kind"]>(
  environment: EnvironmentName,
  kind: Kind,
  name: string,
): Extract<KubernetesObject, { kind: Kind }> {
  const found = rendered[environment].find(
    (object): object is Extract<KubernetesObject, { kind: Kind }> =>
      object.kind === kind && object.metadata.name === name,
  );
  if (found === undefined) throw new Error(`${environment} has no ${kind} ${name}.`);
  return found;
}

/** The masked value of a Secret's key. */
function secret(environment: EnvironmentName, name: string, key: string): string {
  const value = named(environment, "Secret", name).stringData[key];
  return isSecret(value) ? mask(value) : String(value);
}

function managed(environment: EnvironmentName): ManagedPostgres {
  const { postgres } = environments[environment].systems;
  if (postgres.kind !== "managed") throw new Error(`${environment} has no PostgreSQL of its own.`);
  return postgres;
}

describe("the roles of a database", () => {
  const at = (rotation: number) => databaseRoles("auth", () => rotation);

  it("take turns, and only the login that becomes active gets a new password", () => {
    const slots = [0, 1, 2, 3, 4].map((rotation) => {
      const { active, users } = at(rotation);
      return [active.role, users.a.password.rotation, users.b.password.rotation];
    });
    expect(slots).toEqual([
      ["auth_a", 0, 0],
      ["auth_b", 0, 0],
      ["auth_a", 1, 0],
      ["auth_b", 1, 1],
      ["auth_a", 2, 1],
    ]);
  });

  it("give a service's logins no more than its own rows, and let the migrator act as the owner", () => {
    const { owner, migrator, users } = at(0);
    expect([users.a.inRoles, users.b.inRoles, migrator.inRoles, owner]).toEqual([
      ["auth_app"],
      ["auth_app"],
      ["auth"],
      "auth",
    ]);
  });
});

describe("the server's parameters", () => {
  it("follow its memory, its connections and its log's volume", () => {
    expect(parameters(managed("prod"))).toMatchObject({
      max_connections: "350",
      shared_buffers: "2048MB",
      effective_cache_size: "5734MB",
      // (8 GiB − 2 GiB) / 2 / 350
      work_mem: "8MB",
      maintenance_work_mem: "512MB",
      max_wal_size: "8192MB",
      max_slot_wal_keep_size: "8192MB",
    });
  });

  it.each(environmentNames)("let every connection of %s sort at the same time", (name) => {
    const { sum, allowed } = memoryBudget(managed(name));
    expect(sum).toBeLessThanOrEqual(allowed);
  });
});

describe("the budget of connections", () => {
  const client = {
    database: "auth",
    service: "auth-service",
    pods: 10,
    surge: 3,
    pool: { size: 20, overflow: 30 },
    replicaPool: { size: 15, overflow: 25 },
  };

  it("counts the largest scale, a rollout and the second track of the largest service", () => {
    const sums = connectionBudgets(prod.systems.postgres, [client]).map(({ name, sum }) => [name, sum]);
    expect(sums).toEqual([
      ["clients of the rw pooler", 13 * 50 + 10 * 50],
      ["clients of the ro pooler", 13 * 40 + 10 * 40],
      // 3 pods and one more in a rollout × 2 slots × 4, jobs, exporter, operator.
      ["connections of the primary", 32 + 3 + 2 + 7],
      ["connections of a replica", 32 + 2 + 7],
    ]);
  });

  it("sends readers to the primary where there is no replica", () => {
    const [first, ...more] = connectionBudgets({ ...prod.systems.postgres, instances: 1 }, [client]);
    expect([first?.sum, more.map(({ name }) => name)]).toEqual([13 * 90 + 10 * 90, ["connections of the primary"]]);
  });

  it("leaves headroom below the alert of 80 %", () => {
    const budget = connectionBudgets(prod.systems.postgres, []).find(
      ({ name }) => name === "connections of the primary",
    );
    expect([budget?.limit, budget?.allowed]).toEqual([350, Math.floor(0.8 * 347)]);
  });
});

describe("the cluster", () => {
  it.each([
    ["dev", 1, undefined],
    ["staging", 2, undefined],
    ["prod", 3, { method: "any", number: 1, dataDurability: "required" }],
  ] as const)("of %s has %i instances, synchronous %o", (name, instances, synchronous) => {
    const { spec } = named(name, "Cluster", "postgres");
    expect([spec.instances, spec.postgresql?.synchronous]).toEqual([instances, synchronous]);
  });

  it("keeps its log on a volume of its own, checksums its pages and lets nobody be superuser", () => {
    const { spec } = named("prod", "Cluster", "postgres");
    expect(spec.walStorage?.size).toBe("20Gi");
    expect(spec.bootstrap?.initdb?.dataChecksums).toBe(true);
    expect(spec.enableSuperuserAccess).toBe(false);
    expect(spec.topologySpreadConstraints?.[0]?.whenUnsatisfiable).toBe("DoNotSchedule");
  });

  it("reads each role's password from a Secret that the operator watches", () => {
    for (const { name, login, passwordSecret } of named("prod", "Cluster", "postgres").spec.managed?.roles ?? []) {
      if (login !== true) continue;
      const found = named("prod", "Secret", passwordSecret?.name ?? "");
      expect([name, found.stringData["username"], found.metadata.labels["cnpg.io/reload"]]).toEqual([
        name,
        name,
        "true",
      ]);
    }
  });

  it("survives the stack: what holds data is protected and kept", () => {
    const kept = built(environmentOf("prod"))
      .flatMap(({ manifests }) => manifests)
      .filter(({ object }) => ["Cluster", "Database", "ObjectStore"].includes(object.kind));
    expect(kept.length).toBeGreaterThan(8);
    for (const { lifecycle } of kept) expect(lifecycle).toMatchObject({ protect: true, retainOnDelete: true });
  });
});

describe("the URLs of a service", () => {
  it("lead to the primary and the replicas through the poolers, with the login that is active", () => {
    expect(secret("prod", "database-secret", "auth-db-url")).toBe(
      "postgresql://auth_a:<generated postgres-auth-a: 32 letters-and-digits>@postgres-pooler-rw:5432/auth",
    );
    expect(secret("prod", "database-secret", "auth-db-ro-urls")).toContain("@postgres-pooler-ro:5432/auth");
  });

  it("lead readers to the primary where there is no replica", () => {
    expect(secret("dev", "database-secret", "auth-db-ro-urls")).toBe(secret("dev", "database-secret", "auth-db-url"));
    expect(rendered.dev.filter(({ kind }) => kind === "Pooler")).toHaveLength(1);
  });

  it("of the migrator and the exporter lead past the poolers, encrypted", () => {
    expect(secret("prod", "postgres-migrator-urls", "auth")).toContain("@postgres-rw:5432/auth?sslmode=require");
    const exporter = secret("prod", "postgres-exporter-urls", "data-source-name");
    expect(exporter.split(",").map((url) => url.split("@")[1])).toEqual([
      "postgres-rw:5432/postgres?sslmode=require",
      "postgres-ro:5432/postgres?sslmode=require",
    ]);
  });
});

describe("the poolers", () => {
  it("lend connections for a transaction, and keep prepared statements", () => {
    const { spec } = named("prod", "Pooler", "postgres-pooler-rw");
    expect(spec.pgbouncer.poolMode).toBe("transaction");
    // More than SQLAlchemy's cache of 100 per connection, and at least PgBouncer 1.21 reads it.
    expect(Number(spec.pgbouncer.parameters?.["max_prepared_statements"])).toBeGreaterThan(100);
    expect(spec.pgbouncer.parameters).toEqual(pgbouncerParameters(managed("prod").poolers));
  });

  it("close server connections before the clients' pools think of them as old", () => {
    expect(Number(pgbouncerParameters(managed("prod").poolers)["server_lifetime"])).toBeLessThan(3600);
  });
});

describe("backups", () => {
  it.each([
    ["staging", "7d"],
    ["prod", "30d"],
  ] as const)("of %s are kept %s, and the log is archived all the time", (name, retention) => {
    const [plugin] = named(name, "Cluster", "postgres").spec.plugins ?? [];
    expect(plugin).toMatchObject({ isWALArchiver: true, parameters: { barmanObjectName: "postgres-backups" } });
    expect(named(name, "ObjectStore", "postgres-backups").spec.retentionPolicy).toBe(retention);
    expect(named(name, "ScheduledBackup", "postgres").spec).toMatchObject({ immediate: true, method: "plugin" });
  });

  it("of two environments never go to the same place", () => {
    const paths = (["staging", "prod"] as const).map(
      (name) => named(name, "ObjectStore", "postgres-backups").spec.configuration.destinationPath,
    );
    expect(new Set(paths).size).toBe(2);
  });

  it("are not there in dev, and nothing refers to them", () => {
    expect(rendered.dev.filter(({ kind }) => ["ObjectStore", "ScheduledBackup"].includes(kind))).toEqual([]);
    expect(named("dev", "Cluster", "postgres").spec.plugins).toBeUndefined();
  });
});

describe("the network around PostgreSQL", () => {
  const policy = (name: string) => named("prod", "NetworkPolicy", name).spec;

  it("lets services reach the poolers, and the server only what must", () => {
    const from = (name: string): string[] =>
      (policy(name)?.ingress ?? []).flatMap(({ from: peers = [] }) =>
        peers.flatMap(({ podSelector }) => podSelector?.matchLabels?.["app"] ?? []),
      );
    expect(from("postgres-pooler-rw")).toContain("auth-service");
    expect(from("postgres").filter((app) => app.endsWith("-service"))).toEqual([]);
    expect(from("postgres")).toEqual(
      expect.arrayContaining(["postgres", "postgres-pooler-rw", "postgres-exporter", "postgres-migrations"]),
    );
  });

  it("lets migrations reach the server and nothing else", () => {
    expect(policy("postgres-migrations")?.ingress).toBeUndefined();
    expect(policy("postgres-migrations")?.egress).toHaveLength(1);
  });

  it("lets backups out to the object store's port", () => {
    const ports = (policy("postgres")?.egress ?? []).flatMap(({ ports: list = [] }) => list.map(({ port }) => port));
    expect(ports).toContain(443);
  });
});
