/** How the items of a list are told apart, and whether their order counts. */
export interface ListRule {
  /** `map`: by the values of `keys`, of which each occurs once. `set`: by all that they hold; their order means nothing. */
  readonly type: "map" | "set";
  /** Fields of an item, dotted; for `map` alone. */
  readonly keys: readonly string[];
  /** Fields by which an item that went and one that came are the same thing, changed: for people, not for Kubernetes. */
  readonly pair: readonly (readonly string[])[];
}

type ListTable = Readonly<Record<string, ListRule>>;

function map(...keys: readonly string[]): ListRule {
  return { type: "map", keys, pair: [] };
}

function set(...pair: readonly (readonly string[])[]): ListRule {
  return { type: "set", keys: [], pair };
}

/** What a key is when an item leaves it out. */
export const keyDefaults: Readonly<Record<string, string>> = { protocol: "TCP" };

/**
 * Lists of a container. The keys of a `map` are those of server-side apply (`x-kubernetes-list-map-keys` in the API
 * server's OpenAPI document; test/cluster/diff.test.ts compares them). A `set` is a list that Kubernetes replaces as a whole
 * and whose order means nothing to it.
 */
const container: ListTable = {
  env: map("name"),
  ports: { ...map("containerPort", "protocol"), pair: [["name"]] },
  volumeMounts: { ...map("mountPath"), pair: [["name", "subPath"]] },
  volumeDevices: map("devicePath"),
  "resources.claims": map("name"),
  "securityContext.capabilities.add": set(),
  "securityContext.capabilities.drop": set(),
};

/** Lists of a label selector. */
const selector: ListTable = { matchExpressions: set(["key"]), "matchExpressions[].values": set() };

const nodeTerm: ListTable = {
  matchExpressions: set(["key"]),
  "matchExpressions[].values": set(),
  matchFields: set(["key"]),
};

/** A pod that others keep company with or keep away from. */
const podTerm: ListTable = {
  ...under("labelSelector", selector),
  ...under("namespaceSelector", selector),
  namespaces: set(),
};

const affinity: ListTable = {
  ...under("nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[]", nodeTerm),
  "nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms": set(),
  ...under("nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[].preference", nodeTerm),
  "nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution": set(),
  ...["podAffinity", "podAntiAffinity"].reduce<ListTable>(
    (table, kind) => ({
      ...table,
      [`${kind}.requiredDuringSchedulingIgnoredDuringExecution`]: set(["topologyKey"]),
      ...under(`${kind}.requiredDuringSchedulingIgnoredDuringExecution[]`, podTerm),
      [`${kind}.preferredDuringSchedulingIgnoredDuringExecution`]: set(["podAffinityTerm.topologyKey"]),
      ...under(`${kind}.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm`, podTerm),
    }),
    {},
  ),
};

const podSpec: ListTable = {
  ...["containers", "initContainers", "ephemeralContainers"].reduce<ListTable>(
    (table, list) => ({ ...table, [list]: map("name"), ...under(`${list}[]`, container) }),
    {},
  ),
  volumes: map("name"),
  "volumes[].configMap.items": set(["key"]),
  "volumes[].secret.items": set(["key"]),
  "volumes[].downwardAPI.items": set(["path"]),
  imagePullSecrets: map("name"),
  hostAliases: map("ip"),
  "hostAliases[].hostnames": set(),
  topologySpreadConstraints: map("topologyKey", "whenUnsatisfiable"),
  ...under("topologySpreadConstraints[].labelSelector", selector),
  "topologySpreadConstraints[].matchLabelKeys": set(),
  tolerations: set(["key"]),
  readinessGates: set(),
  schedulingGates: map("name"),
  resourceClaims: map("name"),
  "securityContext.supplementalGroups": set(),
  "securityContext.sysctls": set(["name"]),
  ...under("affinity", affinity),
};

/** Where kinds have the template of their pods. A pod is one itself. */
export const podTemplates: Readonly<Record<string, string>> = {
  CronJob: "spec.jobTemplate.spec.template",
  DaemonSet: "spec.template",
  Deployment: "spec.template",
  Job: "spec.template",
  ReplicaSet: "spec.template",
  StatefulSet: "spec.template",
};

/** Lists of every object. */
const metadata: ListTable = { "metadata.finalizers": set(), "metadata.ownerReferences": map("uid") };

const claim: ListTable = { accessModes: set(), ...under("selector", selector) };

const policyPeers: ListTable = {
  "": set(),
  ...under("[].podSelector", selector),
  ...under("[].namespaceSelector", selector),
  "[].ipBlock.except": set(),
};

const rbacRules: ListTable = {
  rules: set(["apiGroups", "resources", "resourceNames", "nonResourceURLs"], ["apiGroups", "verbs"]),
  "rules[].apiGroups": set(),
  "rules[].resources": set(),
  "rules[].resourceNames": set(),
  "rules[].nonResourceURLs": set(),
  "rules[].verbs": set(),
};

const routeLists: ListTable = {
  "spec.hostnames": set(),
  "spec.parentRefs": set(["name"]),
  "spec.rules": set(["matches"], ["backendRefs"]),
  "spec.rules[].matches": set(),
  "spec.rules[].backendRefs": set(["name", "port"]),
};

const admissionPolicy: ListTable = {
  "spec.matchConditions": map("name"),
  "spec.variables": map("name"),
  "spec.validations": set(["message"], ["expression"]),
  "spec.matchConstraints.resourceRules": set(),
};

const kinds: Readonly<Record<string, ListTable>> = {
  ClusterRole: rbacRules,
  ClusterRoleBinding: { subjects: set(["kind", "name", "namespace"]) },
  CustomResourceDefinition: {
    "spec.versions": map("name"),
    "spec.names.shortNames": set(),
    "spec.names.categories": set(),
  },
  DaemonSet: under("spec.selector", selector),
  Deployment: under("spec.selector", selector),
  Gateway: { "spec.listeners": map("name") },
  GRPCRoute: routeLists,
  HTTPRoute: routeLists,
  HorizontalPodAutoscaler: {
    "spec.metrics": set(["type", "resource.name"], ["type"]),
    "spec.behavior.scaleUp.policies": set(["type"]),
    "spec.behavior.scaleDown.policies": set(["type"]),
  },
  Ingress: {
    "spec.rules": set(["host"]),
    "spec.rules[].http.paths": set(["path", "pathType"]),
    "spec.tls": set(["secretName"]),
    "spec.tls[].hosts": set(),
  },
  LimitRange: { "spec.limits": set(["type"]) },
  MutatingWebhookConfiguration: { webhooks: map("name"), "webhooks[].rules": set() },
  NetworkPolicy: {
    ...under("spec.podSelector", selector),
    "spec.policyTypes": set(),
    "spec.ingress": set(["from"], ["ports"]),
    ...under("spec.ingress[].from", policyPeers),
    "spec.ingress[].ports": set(),
    "spec.egress": set(["to"], ["ports"]),
    ...under("spec.egress[].to", policyPeers),
    "spec.egress[].ports": set(),
  },
  PersistentVolume: under("spec", claim),
  PersistentVolumeClaim: under("spec", claim),
  PodDisruptionBudget: under("spec.selector", selector),
  ResourceQuota: { "spec.scopes": set() },
  Role: rbacRules,
  RoleBinding: { subjects: set(["kind", "name", "namespace"]) },
  Service: {
    "spec.ports": { ...map("port", "protocol"), pair: [["name"]] },
    "spec.externalIPs": set(),
    "spec.loadBalancerSourceRanges": set(),
  },
  ServiceAccount: { secrets: map("name"), imagePullSecrets: set(["name"]) },
  StatefulSet: {
    ...under("spec.selector", selector),
    "spec.volumeClaimTemplates": set(["metadata.name"]),
    ...under("spec.volumeClaimTemplates[].spec", claim),
  },
  ValidatingAdmissionPolicy: admissionPolicy,
  ValidatingAdmissionPolicyBinding: { "spec.validationActions": set() },
  ValidatingWebhookConfiguration: { webhooks: map("name"), "webhooks[].rules": set() },
};

/** A table below a path. An empty key is the path itself. */
function under(path: string, table: ListTable): ListTable {
  return Object.fromEntries(
    Object.entries(table).map(([key, rule]) => [
      key === "" || key.startsWith("[]") ? `${path}${key}` : `${path}.${key}`,
      rule,
    ]),
  );
}

/** Every list that has a rule, by kind and shape. Other lists are ordered, and change as a whole. */
export const listTable: ReadonlyMap<string, ReadonlyMap<string, ListRule>> = new Map(
  [...new Set([...Object.keys(kinds), ...Object.keys(podTemplates)])].map((kind) => {
    const template = podTemplates[kind];
    const lists = {
      ...metadata,
      ...kinds[kind],
      ...(template === undefined ? {} : under(`${template}.spec`, podSpec)),
    };
    return [kind, new Map(Object.entries(lists))] as const;
  }),
);

const otherKinds: ReadonlyMap<string, ListRule> = new Map(Object.entries(metadata));

/**
 * How the items of a list are told apart; nothing for a list whose order is part of its meaning. Of kinds that are not in
 * the table, lists of objects with a `name` of their own are taken for maps: that is how people write them.
 */
export function listRule(
  kind: string,
  shape: string,
  before: readonly unknown[],
  after: readonly unknown[],
): ListRule | undefined {
  const table = listTable.get(kind);
  const rule = (table ?? otherKinds).get(shape);
  if (rule !== undefined || table !== undefined) return rule;
  return named(before) && named(after) && before.length + after.length > 0 ? byName : undefined;
}

const byName = map("name");

function named(items: readonly unknown[]): boolean {
  const names = items.map((item) => (item as { readonly name?: unknown } | null)?.name);
  return names.every((name) => typeof name === "string") && new Set(names).size === names.length;
}

/** Whether a list's order counts even where it means nothing: any other pod template is a new one, and rolls the pods. */
export function orderCounts(kind: string, shape: string): boolean {
  const template = podTemplates[kind];
  return template !== undefined && shape.startsWith(`${template}.`);
}
