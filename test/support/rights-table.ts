/**
 * Who may do what on the Kubernetes API, written out by hand. It shares nothing with the builders of roles on purpose: a right
 * that is added there fails a test until somebody adds it here as well. What is not here is forbidden.
 */
export interface Right {
  /** `namespace/name` of a ServiceAccount; `<env>` stands for each environment, and for the one that is meant in `in`. */
  readonly account: string;
  /** The namespace it holds in, or `everywhere`, objects without a namespace among it. */
  readonly in: string;
  /** With spaces between them. */
  readonly verbs: string;
  /** `deployments.apps`, `pods/log`; with spaces between them. */
  readonly resources: string;
  /** Names of the objects that it is for; all when absent. */
  readonly names?: string;
  /** Environments that have it; all when absent. */
  readonly environments?: readonly string[];
}

const read = "get list watch";
const preview = "get list watch create patch";
const write = "get list watch create update patch delete";
const own = "suoke-life-<env>";

/** What an environment's stack is made of, Secrets apart. */
const stack = [
  "configmaps persistentvolumeclaims serviceaccounts services",
  "daemonsets.apps deployments.apps statefulsets.apps",
  "horizontalpodautoscalers.autoscaling cronjobs.batch jobs.batch",
  "networkpolicies.networking.k8s.io poddisruptionbudgets.policy",
  "clusters.postgresql.cnpg.io databases.postgresql.cnpg.io poolers.postgresql.cnpg.io",
  "scheduledbackups.postgresql.cnpg.io objectstores.barmancloud.cnpg.io elasticsearches.elasticsearch.k8s.elastic.co",
  "gateways.gateway.networking.k8s.io grpcroutes.gateway.networking.k8s.io httproutes.gateway.networking.k8s.io",
  "kongconsumers.configuration.konghq.com kongplugins.configuration.konghq.com",
  "kongupstreampolicies.configuration.konghq.com certificates.cert-manager.io issuers.cert-manager.io",
].join(" ");
/** What is looked at while a rollout is waited for. */
const rollout = "endpoints events pods resourcequotas replicasets.apps endpointslices.discovery.k8s.io";

export const rights: readonly Right[] = [
  // The pipelines.
  { account: "suoke-ci/deployer-<env>", in: own, verbs: write, resources: `${stack} secrets` },
  { account: "suoke-ci/deployer-<env>", in: own, verbs: read, resources: rollout },
  { account: "suoke-ci/deployer-<env>", in: own, verbs: "get", resources: "namespaces", names: own },
  {
    account: "suoke-ci/deployer-<env>",
    in: "everywhere",
    verbs: "get",
    resources: "storageclasses.storage.k8s.io",
    names: "standard",
  },
  // Admission takes dry runs alone from them. They never read a Secret: the answer to a patch would show it.
  { account: "suoke-ci/previewer-<env>", in: own, verbs: preview, resources: stack },
  { account: "suoke-ci/previewer-<env>", in: own, verbs: "create", resources: "secrets" },
  { account: "suoke-ci/previewer-<env>", in: own, verbs: read, resources: rollout },
  { account: "suoke-ci/previewer-<env>", in: own, verbs: "get", resources: "namespaces", names: own },
  {
    account: "suoke-ci/previewer-<env>",
    in: "everywhere",
    verbs: "get",
    resources: "storageclasses.storage.k8s.io",
    names: "standard",
  },

  // The edge.
  {
    account: "suoke-life-<env>/kong-controller",
    in: own,
    verbs: read,
    resources: [
      "pods secrets services",
      "httproutes.gateway.networking.k8s.io grpcroutes.gateway.networking.k8s.io",
      "referencegrants.gateway.networking.k8s.io backendtlspolicies.gateway.networking.k8s.io",
      "kongplugins.configuration.konghq.com kongconsumers.configuration.konghq.com",
      "kongconsumergroups.configuration.konghq.com kongupstreampolicies.configuration.konghq.com",
    ].join(" "),
  },
  {
    account: "suoke-life-<env>/kong-controller",
    in: own,
    verbs: "list watch",
    resources: "configmaps endpointslices.discovery.k8s.io",
  },
  {
    account: "suoke-life-<env>/kong-controller",
    in: own,
    verbs: "get list watch update",
    resources: "gateways.gateway.networking.k8s.io",
  },
  {
    account: "suoke-life-<env>/kong-controller",
    in: own,
    verbs: "get update patch",
    resources: [
      "gateways/status.gateway.networking.k8s.io",
      "httproutes/status.gateway.networking.k8s.io grpcroutes/status.gateway.networking.k8s.io",
      "kongplugins/status.configuration.konghq.com kongconsumers/status.configuration.konghq.com",
      "kongconsumergroups/status.configuration.konghq.com kongupstreampolicies/status.configuration.konghq.com",
    ].join(" "),
  },
  { account: "suoke-life-<env>/kong-controller", in: own, verbs: "create patch", resources: "events" },
  // It elects its leader.
  { account: "suoke-life-<env>/kong-controller", in: own, verbs: "create", resources: "leases.coordination.k8s.io" },
  {
    account: "suoke-life-<env>/kong-controller",
    in: own,
    verbs: "get update",
    resources: "leases.coordination.k8s.io",
    names: "kong-<env>-leader",
  },
  {
    account: "suoke-life-<env>/kong-controller",
    in: "everywhere",
    verbs: read,
    resources: "namespaces gatewayclasses.gateway.networking.k8s.io",
  },
  {
    account: "suoke-life-<env>/kong-controller",
    in: "everywhere",
    verbs: "list watch",
    resources: "customresourcedefinitions.apiextensions.k8s.io",
  },
  {
    account: "suoke-life-<env>/kong-controller",
    in: "everywhere",
    verbs: "get update patch",
    resources: "gatewayclasses/status.gateway.networking.k8s.io",
    names: "kong-<env>",
  },

  // Discovery. The catalogue's sync lists the whole cluster, whatever namespace it is told; it sees no Secret.
  {
    account: "suoke-life-<env>/consul-catalogue",
    in: "everywhere",
    verbs: read,
    resources: "services endpointslices.discovery.k8s.io ingresses.networking.k8s.io",
  },
  {
    account: "suoke-life-<env>/consul-certificates",
    in: own,
    verbs: "get update",
    resources: "secrets",
    names: "consul-ca consul-tls",
  },
  {
    account: "suoke-life-<env>/consul-certificates",
    in: own,
    verbs: "get update",
    resources: "configmaps",
    names: "consul-ca",
  },

  // Who is scraped, and whose a span is.
  {
    account: "suoke-life-<env>/prometheus",
    in: own,
    verbs: read,
    resources: "pods services endpointslices.discovery.k8s.io",
  },
  { account: "suoke-life-<env>/otel-agent", in: own, verbs: read, resources: "pods" },
  // What the agents on the nodes measure of themselves.
  { account: "suoke-life-<env>/prometheus", in: "suoke-agents", verbs: read, resources: "pods" },
  // It counts what there is and what is ready; never Secrets or ConfigMaps.
  {
    account: "suoke-agents/kube-state-metrics",
    in: own,
    verbs: "list watch",
    resources: "pods daemonsets.apps deployments.apps statefulsets.apps horizontalpodautoscalers.autoscaling",
  },

  // How full volumes and nodes are, of every kubelet, and nothing else of them.
  { account: "suoke-agents/node-metrics", in: "everywhere", verbs: read, resources: "nodes" },
  { account: "suoke-agents/node-metrics", in: "everywhere", verbs: "get", resources: "nodes/metrics" },

  // The restore drill makes one cluster beside the real one, looks at it and removes it.
  {
    account: "suoke-life-<env>/postgres-drill",
    in: own,
    verbs: "create",
    resources: "clusters.postgresql.cnpg.io",
    environments: ["staging", "prod"],
  },
  {
    account: "suoke-life-<env>/postgres-drill",
    in: own,
    verbs: "get delete",
    resources: "clusters.postgresql.cnpg.io",
    names: "postgres-scratch",
    environments: ["staging", "prod"],
  },
];

/** What every authenticated caller may do: look at itself. */
export const everybody: readonly Omit<Right, "account">[] = [
  {
    in: "everywhere",
    verbs: "create",
    resources:
      "selfsubjectaccessreviews.authorization.k8s.io selfsubjectrulesreviews.authorization.k8s.io selfsubjectreviews.authentication.k8s.io",
  },
];

/** Paths that are no resources, which every authenticated caller may read: discovery, versions and health. */
export const openPaths: readonly string[] = [
  "/.well-known/openid-configuration",
  "/.well-known/openid-configuration/",
  "/api",
  "/api/*",
  "/apis",
  "/apis/*",
  "/healthz",
  "/livez",
  "/openapi",
  "/openapi/*",
  "/openid/v1/jwks",
  "/openid/v1/jwks/",
  "/readyz",
  "/version",
  "/version/",
];

/** What makes an intruder more than he was: asked of every account, and only {@link rights} may say yes. */
export const dangerous = {
  inEachNamespace: [
    "get secrets",
    "list secrets",
    "create pods",
    "create pods/exec",
    "create pods/attach",
    "create pods/portforward",
    "patch pods/ephemeralcontainers",
    "get services/proxy",
    "create serviceaccounts/token",
    "impersonate serviceaccounts",
    "bind roles.rbac.authorization.k8s.io",
    "escalate roles.rbac.authorization.k8s.io",
    "create rolebindings.rbac.authorization.k8s.io",
    "* *",
  ],
  everywhere: [
    "get secrets",
    "create pods/exec",
    "get nodes/proxy",
    "impersonate users",
    "impersonate groups",
    "bind clusterroles.rbac.authorization.k8s.io",
    "escalate clusterroles.rbac.authorization.k8s.io",
    "create clusterrolebindings.rbac.authorization.k8s.io",
    "sign signers.certificates.k8s.io",
    "create mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "delete validatingadmissionpolicies.admissionregistration.k8s.io",
    "create customresourcedefinitions.apiextensions.k8s.io",
    "* *",
  ],
} as const;
