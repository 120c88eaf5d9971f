import { describe, expect, it } from "vitest";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { drainFindings } from "../../policies/drain.ts";
import { referenceFindings } from "../../policies/references.ts";
import { renderedFindings } from "../../policies/rendered.ts";
import { clusterOffers } from "../../stacks/offers.ts";
import { built, environmentOf } from "../support/environments.ts";

const environment = environmentOf("prod");
const components = built(environment);
const objects = objectsOf(components);
const offers = clusterOffers(environment.data);

/** What is wrong once something is removed or changed. */
function problems(
  change: (object: KubernetesObject) => readonly KubernetesObject[],
  also: readonly KubernetesObject[] = [],
): string[] {
  return referenceFindings([...objects.flatMap(change), ...also], offers).map(
    ({ place, problem, fix }) => `${place}: ${problem} ${fix}`,
  );
}

const is = (object: KubernetesObject, kind: string, name: string): boolean =>
  object.kind === kind && object.metadata.name.startsWith(name);
const without = (kind: string, name: string) => (object: KubernetesObject) => (is(object, kind, name) ? [] : [object]);
const keep = (object: KubernetesObject) => [object];

function authDeployment(change: (spec: PodSpec) => void): (object: KubernetesObject) => KubernetesObject[] {
  return (object) => {
    if (object.kind !== "Deployment" || object.metadata.name !== "auth-service") return [object];
    const copy = structuredClone(object);
    if (copy.spec?.template.spec !== undefined) change(copy.spec.template.spec);
    return [copy];
  };
}
type PodSpec = NonNullable<NonNullable<ObjectOf<"Deployment">["spec"]>["template"]["spec"]>;

describe("every reference of the committed environments", () => {
  it("resolves", () => {
    expect(problems(keep)).toEqual([]);
  });
});

describe("the build fails and names what is missing when its target is removed:", () => {
  it("a Secret", () => {
    const found = problems(without("Secret", "database-secret"));
    expect(found).toHaveLength(14);
    expect(found[0]).toMatch(
      /^Deployment auth-service: auth-service.env.DATABASE_REPLICA_URLS: Secret "database-secret" does not exist. Known: .*runtime-secrets/,
    );
  });

  it("a key of a Secret", () => {
    const change = (object: KubernetesObject): KubernetesObject[] => {
      if (object.kind !== "Secret" || object.metadata.name !== "database-secret") return [object];
      const { "auth-db-url": _, ...stringData } = object.stringData;
      return [{ ...object, stringData }];
    };
    expect(problems(change)).toHaveLength(1);
    expect(problems(change)[0]).toMatch(
      /^Deployment auth-service: auth-service.env.DATABASE_URL: Secret "database-secret" has no key "auth-db-url". Known: auth-db-ro-urls, /,
    );
  });

  it("the Secret of the registry", () => {
    const pulling = problems(without("Secret", "registry-credentials")).map(
      (problem) => /^\w+ [a-z]+-[a-z]+/.exec(problem)?.[0],
    );
    expect(pulling.filter((each) => each?.startsWith("Deployment"))).toHaveLength(8);
    expect(pulling.filter((each) => !each?.startsWith("Deployment")).sort()).toEqual([
      "CronJob consul-certificates",
      "CronJob consul-reconcile",
      "CronJob consul-restore",
      "CronJob postgres-drill",
      "CronJob postgres-partitions",
      "Job consul-certificates",
      "Job consul-setup",
      "Job postgres-migrations",
    ]);
  });

  it("a ConfigMap", () => {
    const [found] = problems(without("ConfigMap", "auth-service-config-"));
    expect(found).toMatch(
      /^Deployment auth-service: volumes.config: ConfigMap "auth-service-config-\w+" does not exist./,
    );
  });

  it("a key of a ConfigMap", () => {
    const change = authDeployment((spec) => {
      const volume = spec.volumes?.find(({ name }) => name === "config");
      if (volume?.configMap !== undefined) volume.configMap.items = [{ key: "confg.yaml", path: "x" }];
    });
    expect(problems(change)[0]).toContain('has no key "confg.yaml". Did you mean "config.yaml"?');
  });

  it("a ServiceAccount", () => {
    expect(problems(without("ServiceAccount", "auth-service"))[0]).toMatch(
      /^Deployment auth-service: serviceAccountName: ServiceAccount "auth-service" does not exist./,
    );
  });

  it("a PriorityClass", () => {
    const found = referenceFindings(objects, { ...offers, priorityClasses: [] });
    expect(found.map(({ problem }) => problem)).toContain('PriorityClass "suoke-service" does not exist.');
  });

  it("a port name, for the Service, the probes and the NetworkPolicy", () => {
    const change = authDeployment((spec) => {
      for (const port of spec.containers[0]?.ports ?? []) if (port.name === "http") port.name = "web";
    });
    const places = problems(change);
    expect(places).toContain(
      'Service auth-service: port http: no selected pod has a port named "http". Known: web, grpc.',
    );
    expect(places).toContain(
      'Deployment auth-service: auth-service probes: no selected pod has a port named "http". Known: web, grpc.',
    );
    expect(places).toContain(
      'NetworkPolicy auth-service: ingress: no selected pod has a port named "http". Known: web, grpc.',
    );
  });

  it("a storage class", () => {
    const claim: KubernetesObject = {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data", namespace: environment.data.namespace, labels: {} },
      spec: {
        storageClassName: "standart",
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    };
    expect(problems(keep, [claim])).toEqual([
      'PersistentVolumeClaim data: spec.storageClassName: StorageClass "standart" does not exist. Did you mean "standard"?',
    ]);
  });

  it("a volume claim", () => {
    const change = authDeployment((spec) =>
      spec.volumes?.push({ name: "data", persistentVolumeClaim: { claimName: "data" } }),
    );
    expect(problems(change)).toEqual([
      'Deployment auth-service: volumes.data: PersistentVolumeClaim "data" does not exist. Known: consul-snapshots.',
    ]);
  });

  it("the Deployment of an autoscaler, a Service, a budget and a policy", () => {
    const found = problems(without("Deployment", "auth-service"));
    expect(found.map((text) => text.split(":")[0])).toEqual(
      expect.arrayContaining([
        "HorizontalPodAutoscaler auth-service-hpa",
        "Service auth-service",
        "PodDisruptionBudget auth-service",
        "NetworkPolicy auth-service",
      ]),
    );
  });
});

describe("a Service for one pod of a StatefulSet", () => {
  const removed = (replicas: number) => (object: KubernetesObject) =>
    object.kind === "StatefulSet" && object.metadata.name === "redis-cache"
      ? [{ ...object, spec: { ...object.spec, replicas } } as KubernetesObject]
      : [object];

  it("leads to that pod, and to nothing once the set is too small for it", () => {
    expect(problems(removed(3))).toEqual([]);
    const found = problems(removed(2));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^Service redis-cache-2: /);
  });
});

describe("an optional reference", () => {
  it("may be missing", () => {
    const change = authDeployment((spec) =>
      spec.containers[0]?.env?.push({
        name: "X",
        valueFrom: { secretKeyRef: { name: "nowhere", key: "k", optional: true } },
      }),
    );
    expect(problems(change)).toEqual([]);
  });

  it.each([true, false])("of all variables or of a volume may be missing where it is: %j", (optional) => {
    const from = { name: "nowhere", optional };
    const change = authDeployment((spec) => {
      const [container] = spec.containers;
      if (container !== undefined) container.envFrom = [{ secretRef: from }, { configMapRef: from }];
      spec.volumes = [
        ...(spec.volumes ?? []),
        { name: "a", secret: { secretName: "nowhere", optional } },
        { name: "b", configMap: from },
        { name: "c", projected: { sources: [{ secret: from }, { configMap: from }] } },
      ];
    });
    expect(problems(change)).toHaveLength(optional ? 0 : 6);
  });
});

describe("a drain", () => {
  const budget =
    (spec: ObjectOf<"PodDisruptionBudget">["spec"]) =>
    (object: KubernetesObject): KubernetesObject =>
      object.kind === "PodDisruptionBudget" && object.metadata.name === "auth-service"
        ? { ...object, spec: { ...object.spec, ...spec } }
        : object;
  const found = (change: (object: KubernetesObject) => KubernetesObject): string[] =>
    drainFindings(objects.map(change)).map(({ problem }) => problem);
  const { maxUnavailable: _, ...rest } = objects.find((object) => object.kind === "PodDisruptionBudget")?.spec ?? {};
  const minAvailable = (value: number | string) => (object: KubernetesObject) =>
    object.kind === "PodDisruptionBudget" && object.metadata.name === "auth-service"
      ? { ...object, spec: { ...rest, selector: object.spec?.selector ?? {}, minAvailable: value } }
      : object;

  it("is never blocked by the committed budgets", () => {
    expect(drainFindings(objects)).toEqual([]);
  });
  it("is blocked by a budget that keeps as many as there are at least", () => {
    expect(found(minAvailable(3))).toEqual([
      "minAvailable 3 of 3 replicas lets no pod go, so that no node with one can be drained.",
    ]);
    expect(found(minAvailable("70%"))).toEqual([
      "minAvailable 70% of 3 replicas lets no pod go, so that no node with one can be drained.",
    ]);
    expect(found(minAvailable(2))).toEqual([]);
  });
  it("is blocked by a budget that lets none go", () => {
    expect(found(budget({ maxUnavailable: 0 }))).toHaveLength(1);
  });
  it("cuts requests off when the wait takes the whole grace period", () => {
    const change = authDeployment((spec) => {
      spec.terminationGracePeriodSeconds = 15;
    });
    expect(drainFindings(objects.flatMap(change)).map(({ problem }) => problem)).toEqual([
      "sleeps 10 s of a grace period of 15 s before it stops.",
    ]);
  });
});

describe("an environment's stack", () => {
  const planted = (object: KubernetesObject) =>
    renderedFindings(
      [...components, { type: "suoke:test:Planted", name: "planted", dependsOn: [], manifests: [{ object }] }],
      offers,
    ).map(({ place, problem }) => `${place}: ${problem}`);
  const account = (namespace?: string): KubernetesObject => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "auth-service", labels: {}, ...(namespace === undefined ? {} : { namespace }) },
  });

  it("holds no object of another namespace", () => {
    expect(planted(account("suoke-life-dev"))).toEqual([
      "component planted: ServiceAccount auth-service: is in suoke-life-dev, not in suoke-life-prod.",
    ]);
  });
  it("holds no cluster-scoped object", () => {
    expect(planted(account())).toEqual([
      "component planted: ServiceAccount auth-service: is in no namespace, not in suoke-life-prod.",
    ]);
  });
  it("holds no object twice", () => {
    expect(planted(account("suoke-life-prod"))).toEqual([
      "component planted: ServiceAccount auth-service: component auth-service has an object of the same kind and name.",
    ]);
  });
});
