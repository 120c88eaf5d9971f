import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { byKey } from "../../kubernetes/names.ts";
import { spread } from "../../kubernetes/placement.ts";
import { images } from "../images.ts";
import { autoscaler } from "../microservice/scaling.ts";
import type { KongArgs } from "./data.ts";
import { adminCertificate, adminService, kongName, proxyPorts, statusService } from "./names.ts";
import { adminCertificatePath, proxyEnvironment } from "./proxy-config.ts";
import { drainTimeoutSeconds, drainWaitSeconds, proxyGraceSeconds } from "./timeouts.ts";

type DeploymentSpec = NonNullable<ObjectOf<"Deployment">["spec"]>;
type PodSpec = NonNullable<DeploymentSpec["template"]["spec"]>;
type ServicePort = NonNullable<NonNullable<ObjectOf<"Service">["spec"]>["ports"]>[number];

const selector = { app: kongName };
/** The user of the publisher's image. */
const imageUser = 1000;

const size = {
  requests: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "128Mi" },
  limits: { cpu: "2", memory: "1Gi", "ephemeral-storage": "1Gi" },
};

/** The proxies: every public request passes one of them. They keep nothing and get their configuration from the controller. */
export function proxyObjects(args: KongArgs, meta: (name: string) => Metadata): KubernetesObject[] {
  const { proxies } = args.data;
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(kongName), automountServiceAccountToken: false },
    deployment(args, meta(kongName)),
    loadBalancer(args, meta(kongName)),
    internalService(meta(adminService), [servicePort("admin-tls", 8444)], true),
    internalService(meta(statusService), [servicePort("status", 8100)]),
    ...autoscaler(kongName, proxies, meta(kongName)),
    disruptionBudget(kongName, meta(kongName)),
  ];
}

function deployment({ data, routes, grpcRoutes, surroundings }: KongArgs, metadata: Metadata): ObjectOf<"Deployment"> {
  const all = [...routes, ...grpcRoutes];
  const targets = all.map(({ target }) => target);
  const maxBodyMiB = Math.max(1, ...all.map(({ route }) => route.maxBodyMiB));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      ...(data.proxies.kind === "fixed" ? { replicas: data.proxies.replicas } : {}),
      revisionHistoryLimit: 5,
      minReadySeconds: 5,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: { ...metadata.labels },
          annotations: {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": String(proxyPorts.status),
            "prometheus.io/path": "/metrics",
          },
        },
        spec: {
          serviceAccountName: kongName,
          ...hardenedPod(),
          securityContext: {
            ...hardenedPod().securityContext,
            runAsUser: imageUser,
            runAsGroup: imageUser,
            fsGroup: imageUser,
          },
          priorityClassName: "suoke-edge",
          topologySpreadConstraints: spread({
            matchLabels: selector,
            zones: surroundings.zoneSpread,
            revisionLabel: "pod-template-hash",
          }),
          terminationGracePeriodSeconds: proxyGraceSeconds(targets),
          containers: [
            container(
              proxyEnvironment(data.loadBalancer.clients, maxBodyMiB, surroundings.tracing?.sampleRatio),
              drainTimeoutSeconds(targets),
            ),
          ],
          volumes: [
            { name: "admin-tls", secret: { secretName: adminCertificate, defaultMode: 0o440 } },
            { name: "prefix", emptyDir: { sizeLimit: "256Mi" } },
            // Request bodies that do not fit into memory.
            { name: "tmp", emptyDir: { sizeLimit: "512Mi" } },
          ],
        },
      },
    },
  };
}

function container(env: Readonly<Record<string, string>>, drainSeconds: number): PodSpec["containers"][number] {
  return {
    name: kongName,
    image: images.kong,
    imagePullPolicy: "IfNotPresent",
    env: Object.entries(env)
      .sort(byKey)
      .map(([name, value]) => ({ name, value })),
    ports: Object.entries(proxyPorts).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
    resources: { requests: { ...size.requests }, limits: { ...size.limits } },
    // Not /status: that one answers before a new pod has its first configuration, and such a pod serves 404 to everybody.
    readinessProbe: { httpGet: { path: "/status/ready", port: "status" }, periodSeconds: 5, timeoutSeconds: 2 },
    livenessProbe: { httpGet: { path: "/status", port: "status" }, periodSeconds: 10, timeoutSeconds: 5 },
    startupProbe: {
      httpGet: { path: "/status", port: "status" },
      periodSeconds: 2,
      timeoutSeconds: 2,
      failureThreshold: 30,
    },
    // Goes on accepting while it still gets new connections, then finishes what it has begun.
    lifecycle: {
      preStop: { exec: { command: ["kong", "quit", `--wait=${drainWaitSeconds}`, `--timeout=${drainSeconds}`] } },
    },
    ...hardenedContainer(),
    volumeMounts: [
      { name: "admin-tls", mountPath: adminCertificatePath, readOnly: true },
      { name: "prefix", mountPath: "/kong_prefix" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/**
 * The one way in. Traffic goes to a proxy on the node that it arrives at and keeps the client's address; nodes open no port
 * of their own, so that the provider's load balancer must reach pods directly (docs/edge.md).
 */
function loadBalancer({ data }: KongArgs, metadata: Metadata): ObjectOf<"Service"> {
  const { annotations } = data.loadBalancer;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations },
    spec: {
      type: "LoadBalancer",
      externalTrafficPolicy: "Local",
      allocateLoadBalancerNodePorts: false,
      selector,
      ports: [servicePort("proxy", 80, "http"), servicePort("proxy-tls", 443, "https")],
    },
  };
}

function internalService(metadata: Metadata, ports: readonly ServicePort[], headless = false): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type: "ClusterIP", ...(headless ? { clusterIP: "None" } : {}), selector, ports: [...ports] },
  };
}

function servicePort(name: keyof typeof proxyPorts, port: number, appProtocol?: string): ServicePort {
  return { name, port, targetPort: name, protocol: "TCP", ...(appProtocol === undefined ? {} : { appProtocol }) };
}
