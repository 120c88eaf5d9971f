import { operatorMade } from "../components/elasticsearch/names.ts";
import type { KubernetesObject, ObjectOf } from "../kubernetes/manifest.ts";
import { describeObject } from "../kubernetes/manifest.ts";
import type { RenderFinding } from "./ids.ts";
import { suggest } from "./finding.ts";
import type { PodIndex, Selector } from "./pods.ts";
import { indexPods, podsOf } from "./pods.ts";
import { edgeReferences } from "./edge-references.ts";
import { podReferences } from "./pod-references.ts";
import type { Reference } from "./reference.ts";
import { portFindings } from "./ports.ts";

/** Classes that the cluster has; its own stack owns them. */
export interface Classes {
  readonly priorityClasses: readonly string[];
  readonly storageClasses: readonly string[];
}

/** Everything that one object names and no object provides: a pod that refers to a missing Secret never starts. */
export function referenceFindings(
  objects: readonly KubernetesObject[],
  classes: Classes,
  pods = indexPods(objects),
): RenderFinding[] {
  const index = indexObjects(objects, classes);
  return objects.flatMap((object) => [
    ...referencesOf(object).flatMap((reference) => resolve(object, reference, index)),
    ...portFindings(object, pods),
    ...selectorFindings(object, pods),
  ]);
}

type Index = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

const noKeys: ReadonlySet<string> = new Set();

/** Kind → name → keys, which only Secrets and ConfigMaps have. */
function indexObjects(objects: readonly KubernetesObject[], classes: Classes): Index {
  const index = new Map<string, Map<string, ReadonlySet<string>>>();
  const add = (kind: string, name: string, keys: readonly string[] = []): void => {
    const names = index.get(kind) ?? new Map<string, ReadonlySet<string>>();
    index.set(kind, names.set(name, keys.length === 0 ? noKeys : new Set(keys)));
  };
  classes.priorityClasses.forEach((name) => add("PriorityClass", name));
  classes.storageClasses.forEach((name) => add("StorageClass", name));
  for (const object of objects) {
    add(object.kind, object.metadata.name, keysOf(object));
    if (object.kind === "Certificate") add("Secret", object.spec?.secretName ?? "", ["ca.crt", "tls.crt", "tls.key"]);
    if (object.kind === "Elasticsearch") {
      const made = operatorMade(object.metadata.name);
      add("Secret", made.authority, made.authorityKeys);
      add("Service", made.service);
    }
  }
  return index;
}

function keysOf(object: KubernetesObject): readonly string[] {
  switch (object.kind) {
    case "Secret":
      return Object.keys(object.stringData);
    case "ConfigMap":
      return [...Object.keys(object.data ?? {}), ...Object.keys(object.binaryData ?? {})];
    default:
      return [];
  }
}

function resolve(from: KubernetesObject, { kind, name, key, path }: Reference, index: Index): RenderFinding[] {
  const names = index.get(kind);
  if (names?.has(name) !== true) {
    return [
      {
        rule: "references/missing-object",
        place: `${describeObject(from)}: ${path}`,
        problem: `${kind} "${name}" does not exist.`,
        fix: suggest(name, [...(names?.keys() ?? [])]),
      },
    ];
  }
  const keys = names.get(name);
  if (key === undefined || keys?.has(key) === true) return [];
  return [
    {
      rule: "references/missing-key",
      place: `${describeObject(from)}: ${path}`,
      problem: `${kind} "${name}" has no key "${key}".`,
      fix: suggest(key, [...(keys ?? [])]),
    },
  ];
}

function referencesOf(object: KubernetesObject): Reference[] {
  const pods = podsOf(object);
  const own = pods === undefined ? [] : podReferences(pods.spec);
  switch (object.kind) {
    case "StatefulSet":
      return [...own, ...statefulSetReferences(object)];
    case "Cluster":
      return [...own, ...clusterReferences(object)];
    case "Pooler":
      return [...own, { kind: "Cluster", name: object.spec.cluster.name, path: "spec.cluster" }];
    case "Elasticsearch":
      return [...own, ...elasticsearchReferences(object)];
    case "Database":
    case "ScheduledBackup":
      return [{ kind: "Cluster", name: object.spec.cluster.name ?? "", path: "spec.cluster" }];
    case "ObjectStore":
      return Object.entries(object.spec.configuration.s3Credentials).map(([field, { name, key }]) => ({
        kind: "Secret",
        name,
        key,
        path: `s3Credentials.${field}`,
      }));
    case "Certificate":
    case "Gateway":
    case "GRPCRoute":
    case "HTTPRoute":
    case "Issuer":
    case "KongConsumer":
    case "KongPlugin":
    case "Service":
      return edgeReferences(object);
    case "HorizontalPodAutoscaler": {
      const target = object.spec.scaleTargetRef;
      return target.kind === "Deployment"
        ? [{ kind: "Deployment", name: target.name, path: "spec.scaleTargetRef" }]
        : [];
    }
    case "PersistentVolumeClaim": {
      const name = object.spec?.storageClassName;
      return name === undefined ? [] : [{ kind: "StorageClass", name, path: "spec.storageClassName" }];
    }
    default:
      return own;
  }
}

/** The passwords of a PostgreSQL cluster's roles, its volumes' classes, and where its backups go. */
function clusterReferences({ spec }: ObjectOf<"Cluster">): Reference[] {
  const references: Reference[] = [];
  for (const { name, passwordSecret } of spec.managed?.roles ?? []) {
    const path = `managed.roles.${name}`;
    if (passwordSecret !== undefined)
      references.push({ kind: "Secret", name: passwordSecret.name, key: "password", path });
  }
  for (const [path, volume] of Object.entries({ storage: spec.storage, walStorage: spec.walStorage })) {
    if (volume?.storageClass !== undefined) references.push({ kind: "StorageClass", name: volume.storageClass, path });
  }
  for (const { name, parameters } of spec.plugins ?? []) {
    const store = parameters?.["barmanObjectName"];
    if (store !== undefined) references.push({ kind: "ObjectStore", name: store, path: `plugins.${name}` });
  }
  if (spec.priorityClassName !== undefined) {
    references.push({ kind: "PriorityClass", name: spec.priorityClassName, path: "priorityClassName" });
  }
  return references;
}

/** Its users, the roles they have, keys of its keystore, and its volumes' classes. */
function elasticsearchReferences({ spec }: ObjectOf<"Elasticsearch">): Reference[] {
  const secrets = {
    "auth.fileRealm": spec?.auth?.fileRealm,
    "auth.roles": spec?.auth?.roles,
    secureSettings: spec?.secureSettings,
  };
  return [
    ...Object.entries(secrets).flatMap(([path, list]) =>
      (list ?? []).flatMap(({ secretName }): Reference[] =>
        secretName === undefined ? [] : [{ kind: "Secret", name: secretName, path }],
      ),
    ),
    ...(spec?.nodeSets ?? []).flatMap(({ volumeClaimTemplates }) =>
      (volumeClaimTemplates ?? []).flatMap((claim): Reference[] => {
        const name = claim.spec?.storageClassName;
        return name === undefined ? [] : [{ kind: "StorageClass", name, path: "volumeClaimTemplates" }];
      }),
    ),
  ];
}

/** Its volumes' class, and the headless Service that gives its pods their names. */
function statefulSetReferences({ spec }: ObjectOf<"StatefulSet">): Reference[] {
  const classes = (spec?.volumeClaimTemplates ?? []).flatMap((claim): Reference[] => {
    const name = claim.spec?.storageClassName;
    return name === undefined ? [] : [{ kind: "StorageClass", name, path: "volumeClaimTemplates" }];
  });
  const service = spec?.serviceName;
  return service === undefined ? classes : [...classes, { kind: "Service", name: service, path: "serviceName" }];
}

/** Labels of pods that cert-manager makes for as long as the authority asks for a host. */
const passingPods = "acme.cert-manager.io/";

/** Selectors of Services, disruption budgets and policies that match no pod: they would silently do nothing. */
function selectorFindings(object: KubernetesObject, pods: PodIndex): RenderFinding[] {
  const selector = selectorOf(object);
  if (Object.keys(selector ?? {}).some((label) => label.startsWith(passingPods))) return [];
  if (selector === undefined || pods.matching(selector, object.metadata.namespace).length > 0) return [];
  const wanted = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  return [
    {
      rule: "references/selects-nothing",
      place: `${describeObject(object)}: selector`,
      problem: `no pod has the labels ${wanted.join(", ")}.`,
      fix: "Select labels of a workload of this environment, or remove the object.",
    },
  ];
}

function selectorOf(object: KubernetesObject): Selector | undefined {
  switch (object.kind) {
    case "Service":
      return object.spec?.selector;
    case "PodDisruptionBudget":
      return object.spec?.selector?.matchLabels;
    case "NetworkPolicy": {
      const labels = object.spec?.podSelector?.matchLabels ?? {};
      // An empty selector means the whole namespace, which is what default-deny wants.
      return Object.keys(labels).length === 0 ? undefined : labels;
    }
    default:
      return undefined;
  }
}
