import type { CorpusPair } from "./pair.ts";
import { edit, edited } from "./pair.ts";
import { autoscaler, daemonSet, deployment, statefulSet } from "./objects.ts";
import { image } from "./parts.ts";

const pod = "spec.template.spec";
const container = `${pod}.containers.0`;
const configured = edited(deployment, [
  `${pod}.volumes`,
  [{ name: "config", configMap: { name: "web-config-0123456789" } }],
]);

export const restart: readonly CorpusPair[] = [
  edit("another image", "restart/image", deployment, [`${container}.image`, image.replaceAll("1", "2")]),
  edit("another image of a StatefulSet", "restart/image", statefulSet, [
    `${container}.image`,
    image.replaceAll("1", "2"),
  ]),
  edit("another image of a DaemonSet", "restart/image", daemonSet, [`${container}.image`, image.replaceAll("1", "2")]),
  edit("another configuration", "restart/configuration", configured, [
    `${pod}.volumes.0.configMap.name`,
    "web-config-abcdef0123",
  ]),
  edit("a secret is rotated", "restart/rotation", deployment, [
    "spec.template.metadata.annotations.suoke\\.life/secrets-hash",
    "0123456789",
  ]),
  edit("another variable", "restart/environment", deployment, [`${container}.env.0.value`, "debug"]),
  edit("one variable more", "restart/environment", deployment, [`${container}.env.2`, { name: "ZONE", value: "a" }]),
  edit("more memory", "restart/resources", deployment, [`${container}.resources.limits.memory`, "256Mi"]),
  edit("another probe", "restart/probes", deployment, [`${container}.readinessProbe.periodSeconds`, 5]),
  edit("another command", "restart/command", deployment, [`${container}.args`, ["--verbose"]]),
  edit("another port", "restart/ports", deployment, [`${container}.ports.1`, { name: "metrics", containerPort: 9090 }]),
  edit("more time to stop", "restart/lifecycle", deployment, [`${pod}.terminationGracePeriodSeconds`, 60]),
  edit("another user", "restart/security-context", deployment, [`${container}.securityContext.runAsUser`, 1000]),
  edit("another volume", "restart/volumes", deployment, [`${pod}.volumes`, [{ name: "tmp", emptyDir: {} }]]),
  edit("other nodes", "restart/scheduling", deployment, [`${pod}.nodeSelector`, { disk: "ssd" }]),
  edit("another label of the pods", "restart/template-metadata", deployment, [
    "spec.template.metadata.labels.tier",
    "front",
  ]),
  edit("variables in another order", "restart/order", deployment, [
    `${container}.env`,
    [
      { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "web", key: "password" } } },
      { name: "LEVEL", value: "info" },
    ],
  ]),
  edit("fewer pods", "restart/scaled-down", deployment, ["spec.replicas", 1]),
  edit("an autoscaler with fewer pods", "restart/scaled-down", autoscaler, ["spec.maxReplicas", 4]),
  edit("another name of the host", "restart/pod-template", deployment, [`${pod}.hostname`, "web"]),
];
