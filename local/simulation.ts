import { toYaml } from "../kubernetes/render.ts";

/** Zones of the simulated nodes, as cloud providers label them. */
export const zones = ["local-a", "local-b", "local-c"] as const;
const nodesPerZone = 2;

/** The nodes: large enough for all three environments at their minimum, small enough that quotas mean something. */
export function nodes(): object[] {
  return zones.flatMap((zone) =>
    Array.from({ length: nodesPerZone }, (_, index) => {
      const name = `${zone}-${index + 1}`;
      const room = { cpu: "32", memory: "128Gi", "ephemeral-storage": "200Gi", pods: "110" };
      return {
        apiVersion: "v1",
        kind: "Node",
        metadata: {
          name,
          labels: {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "topology.kubernetes.io/zone": zone,
            "topology.kubernetes.io/region": "local",
          },
          annotations: { "kwok.x-k8s.io/node": "fake" },
        },
        status: { allocatable: room, capacity: room },
      };
    }),
  );
}

/** The storage class that the environments name. Nothing provisions volumes here; they bind by simulation. */
export function storageClass(): object {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "suoke.life/simulated",
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  };
}

/**
 * What KWOK does in the kubelet's place. Naming any stage drops its built-in ones, so that all are here. A pod becomes
 * ready when the simulator has found everything that it refers to, and not before.
 */
export function stages(): string {
  return [nodeInitialize, nodeHeartbeat, podReady, podComplete, podDelete]
    .map((stage) => `---\n${toYaml(stage)}`)
    .join("");
}

const always = { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" };
const nodeReady = '.status.conditions.[] | select( .type == "Ready" ) | .status';

const conditions = `conditions:
{{ range NodeConditions }}
- lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ or $.metadata.creationTimestamp $now | Quote }}
  message: {{ .message | Quote }}
  reason: {{ .reason | Quote }}
  status: {{ .status | Quote }}
  type: {{ .type | Quote }}
{{ end }}
`;

const nodeInitialize = stage("node-initialize", "Node", [{ key: nodeReady, operator: "NotIn", values: ["True"] }], {
  statusTemplate: `{{ $now := Now }}
${conditions}addresses:
- { address: {{ NodeIP | Quote }}, type: InternalIP }
- { address: {{ NodeName | Quote }}, type: Hostname }
allocatable: {{ YAML .status.allocatable 1 }}
capacity: {{ YAML .status.capacity 1 }}
nodeInfo:
  architecture: amd64
  bootID: ""
  containerRuntimeVersion: {{ printf "kwok-%s" Version }}
  kernelVersion: {{ printf "kwok-%s" Version }}
  kubeProxyVersion: ""
  kubeletVersion: {{ printf "kwok-%s" Version }}
  machineID: ""
  operatingSystem: linux
  osImage: ""
  systemUUID: ""
phase: Running
`,
});

/** The lease tells that a node lives; its status is refreshed every ten minutes, as a kubelet's at rest is every five. */
const nodeHeartbeat = stage(
  "node-heartbeat-with-lease",
  "Node",
  [{ key: nodeReady, operator: "In", values: ["True"] }],
  { statusTemplate: `{{ $now := Now }}\n${conditions}` },
  { durationMilliseconds: 600_000, jitterDurationMilliseconds: 610_000 },
);

const podReady = stage(
  "pod-ready",
  "Pod",
  [
    always,
    { key: ".status.phase", operator: "In", values: ["Pending"] },
    {
      key: '.status.conditions.[] | select( .type == "suoke.life/ReferencesResolved" ) | .status',
      operator: "In",
      values: ["True"],
    },
  ],
  {
    statusTemplate: `{{ $now := Now }}
conditions:
{{ range list "Initialized" "Ready" "ContainersReady" }}
- { lastTransitionTime: {{ $now | Quote }}, status: "True", type: {{ . | Quote }} }
{{ end }}
{{ range .spec.readinessGates }}
- { lastTransitionTime: {{ $now | Quote }}, status: "True", type: {{ .conditionType | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  started: true
  restartCount: 0
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: true
  restartCount: 0
  {{ if eq .restartPolicy "Always" }}
  started: true
  state: { running: { startedAt: {{ $now | Quote }} } }
  {{ else }}
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
  {{ end }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
hostIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs:
{{ range . }}
- ip: {{ . | Quote }}
{{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`,
  },
);

const podComplete = stage(
  "pod-complete",
  "Pod",
  [
    always,
    { key: ".status.phase", operator: "In", values: ["Running"] },
    { key: ".metadata.ownerReferences.[].kind", operator: "In", values: ["Job"] },
  ],
  {
    statusTemplate: `{{ $now := Now }}
containerStatuses:
{{ range .spec.containers }}
- image: {{ .image | Quote }}
  name: {{ .name | Quote }}
  ready: false
  started: false
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
phase: Succeeded
`,
  },
);

const podDelete = stage("pod-delete", "Pod", [{ key: ".metadata.deletionTimestamp", operator: "Exists" }], {
  delete: true,
});

function stage(name: string, kind: "Node" | "Pod", matchExpressions: readonly object[], next: object, delay?: object) {
  return {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Stage",
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: "v1", kind },
      selector: { matchExpressions },
      next,
      ...(delay === undefined ? {} : { delay }),
    },
  };
}
