import type { PlainObject } from "../../review/change.ts";
import { container, labels, metadata, template } from "./parts.ts";

/** Objects as a server takes them, for pairs to start from. */
export const deployment: PlainObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: metadata("web"),
  spec: { replicas: 2, selector: { matchLabels: labels }, template },
};

export const daemonSet: PlainObject = {
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: metadata("agent"),
  spec: { selector: { matchLabels: labels }, template },
};

/** A pod's volume that a claim is behind. */
export const claimed: PlainObject = {
  ...deployment,
  spec: {
    replicas: 1,
    strategy: { type: "RollingUpdate" },
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        ...template.spec,
        volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
        containers: [{ ...container, volumeMounts: [{ name: "data", mountPath: "/data" }] }],
      },
    },
  },
};

export const statefulSet: PlainObject = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: metadata("store"),
  spec: {
    replicas: 3,
    serviceName: "store",
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        ...template.spec,
        containers: [{ ...container, volumeMounts: [{ name: "data", mountPath: "/data" }] }],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
      },
    ],
  },
};

export const job: PlainObject = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: metadata("migrate"),
  spec: {
    completions: 1,
    template: {
      spec: { ...template.spec, restartPolicy: "Never", containers: [{ ...container, lifecycle: undefined }] },
    },
  },
};

export const cronJob: PlainObject = {
  apiVersion: "batch/v1",
  kind: "CronJob",
  metadata: metadata("backup"),
  spec: {
    schedule: "0 3 * * *",
    jobTemplate: {
      spec: {
        template: {
          spec: { ...template.spec, restartPolicy: "Never", containers: [{ ...container, lifecycle: undefined }] },
        },
      },
    },
  },
};

export const service: PlainObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: metadata("web"),
  spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
};

export const headless: PlainObject = {
  ...service,
  metadata: metadata("web-headless"),
  spec: { clusterIP: "None", selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
};

export const claim: PlainObject = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: metadata("data"),
  spec: {
    storageClassName: "fast",
    accessModes: ["ReadWriteOnce"],
    volumeMode: "Filesystem",
    resources: { requests: { storage: "10Gi" } },
  },
};

export const volume: PlainObject = {
  apiVersion: "v1",
  kind: "PersistentVolume",
  metadata: { name: "corpus-volume" },
  spec: {
    capacity: { storage: "10Gi" },
    accessModes: ["ReadWriteOnce"],
    persistentVolumeReclaimPolicy: "Retain",
    nfs: { server: "nfs.example", path: "/a" },
  },
};

export const storageClass: PlainObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "corpus-fast" },
  provisioner: "disk.example",
  parameters: { type: "ssd" },
  reclaimPolicy: "Retain",
  volumeBindingMode: "WaitForFirstConsumer",
  allowVolumeExpansion: true,
};

export const configMap: PlainObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: metadata("web"),
  data: { "config.yaml": "level: info\nformat: json\n" },
};

export const immutableConfigMap: PlainObject = { ...configMap, metadata: metadata("frozen"), immutable: true };

export const secret: PlainObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: metadata("web"),
  type: "Opaque",
  stringData: { password: "<generated web: 32 letters-and-digits>" },
};

export const role: PlainObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "Role",
  metadata: metadata("reader"),
  rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
};

export const roleBinding: PlainObject = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "RoleBinding",
  metadata: metadata("reader"),
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
  subjects: [{ kind: "ServiceAccount", name: "web", namespace: "corpus" }],
};

export const priorityClass: PlainObject = {
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name: "corpus-high" },
  value: 1000,
  preemptionPolicy: "Never",
};

export const quota: PlainObject = {
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: metadata("limits"),
  spec: { hard: { "requests.cpu": "4", "services.nodeports": "0" } },
};

export const scopedQuota: PlainObject = {
  ...quota,
  metadata: metadata("long-running"),
  spec: { hard: { "requests.cpu": "4" }, scopes: ["NotTerminating"] },
};

export const networkPolicy: PlainObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: metadata("web"),
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ["Ingress", "Egress"],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "edge" } } }], ports: [{ port: 8080, protocol: "TCP" }] }],
    egress: [
      {
        to: [{ ipBlock: { cidr: "10.0.0.0/24" } }],
        ports: [{ port: 5432, protocol: "TCP" }],
      },
    ],
  },
};

export const denyAll: PlainObject = {
  ...networkPolicy,
  metadata: metadata("deny-all"),
  spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
};

export const disruptionBudget: PlainObject = {
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: metadata("web"),
  spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
};

export const autoscaler: PlainObject = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: metadata("web"),
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }],
  },
};

export const ingress: PlainObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: metadata("web"),
  spec: {
    tls: [{ hosts: ["web.example"], secretName: "web-tls" }],
    rules: [
      {
        host: "web.example",
        http: {
          paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { name: "http" } } } }],
        },
      },
    ],
  },
};

export const ingressClass: PlainObject = {
  apiVersion: "networking.k8s.io/v1",
  kind: "IngressClass",
  metadata: { name: "corpus" },
  spec: { controller: "gateway.example/controller" },
};

export const namespace: PlainObject = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "corpus-other", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
};

export const definition: PlainObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.corpus.example" },
  spec: {
    group: "corpus.example",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: { type: "object", properties: { size: { type: "integer" }, colour: { type: "string" } } },
            },
          },
        },
      },
    ],
  },
};
