import { disruptionBudget } from "../../kubernetes/disruption.ts";
import { hardenedContainer, hardenedPod } from "../../kubernetes/hardened.ts";
import type { KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { byKey } from "../../kubernetes/names.ts";
import { spread } from "../../kubernetes/placement.ts";
import { images } from "../images.ts";
import { adminServerName } from "./certificates.ts";
import type { KongArgs } from "./data.ts";
import {
  adminService,
  controllerCertificate,
  controllerName,
  controllerOf,
  controllerPorts,
  edgeSecretLabel,
  electionId,
  kongName,
  webhookCertificate,
  webhookService,
} from "./names.ts";

type PodSpec = NonNullable<NonNullable<ObjectOf<"Deployment">["spec"]>["template"]["spec"]>;

const selector = { app: controllerName };
const certificatePath = "/etc/kong/controller-tls";
const webhookPath = "/admission-webhook";

const size = {
  requests: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "32Mi" },
  limits: { cpu: "1", memory: "512Mi", "ephemeral-storage": "128Mi" },
};

/** Controllers of kinds that nothing here writes, or that are cluster-scoped and belong to no environment. */
const unused = [
  "ingress-networkingv1",
  "ingress-class-networkingv1",
  "ingress-class-parameters",
  "tcpingress",
  "udpingress",
  "kongingress",
  "kongclusterplugin",
  "kong-vault",
  "kong-license",
  "kong-custom-entity",
  "kong-service-facade",
];

/** What turns routes and plugins into Kong's configuration, and checks them before the API server takes them. */
export function controllerObjects(args: KongArgs, meta: (name: string) => Metadata): KubernetesObject[] {
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(controllerName), automountServiceAccountToken: false },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: meta(controllerName),
      spec: {
        replicas: args.data.controllers,
        revisionHistoryLimit: 5,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: selector },
        template: {
          metadata: {
            labels: { ...meta(controllerName).labels },
            annotations: {
              "prometheus.io/scrape": "true",
              "prometheus.io/port": String(controllerPorts.metrics),
              "prometheus.io/path": "/metrics",
            },
          },
          spec: podSpec(args),
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: meta(webhookService),
      spec: {
        type: "ClusterIP",
        selector,
        ports: [{ name: "webhook", port: 443, targetPort: "webhook", protocol: "TCP", appProtocol: "https" }],
      },
    },
    disruptionBudget(controllerName, meta(controllerName)),
  ];
}

function podSpec({ namespace, gatewayClass, surroundings }: KongArgs): PodSpec {
  return {
    serviceAccountName: controllerName,
    ...hardenedPod(),
    // It watches the API server.
    automountServiceAccountToken: true,
    priorityClassName: "suoke-edge",
    topologySpreadConstraints: spread({
      matchLabels: selector,
      zones: surroundings.zoneSpread,
      revisionLabel: "pod-template-hash",
    }),
    terminationGracePeriodSeconds: 30,
    containers: [
      {
        name: controllerName,
        image: images.kongController,
        imagePullPolicy: "IfNotPresent",
        env: [
          { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "POD_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
          ...Object.entries(environment(namespace, gatewayClass))
            .sort(byKey)
            .map(([name, value]) => ({ name, value })),
        ],
        ports: Object.entries(controllerPorts).map(([name, containerPort]) => ({
          name,
          containerPort,
          protocol: "TCP",
        })),
        resources: { requests: { ...size.requests }, limits: { ...size.limits } },
        readinessProbe: { httpGet: { path: "/readyz", port: "health" }, periodSeconds: 5, timeoutSeconds: 5 },
        livenessProbe: { httpGet: { path: "/healthz", port: "health" }, periodSeconds: 10, timeoutSeconds: 5 },
        startupProbe: {
          httpGet: { path: "/healthz", port: "health" },
          periodSeconds: 2,
          timeoutSeconds: 5,
          failureThreshold: 60,
        },
        ...hardenedContainer(),
        volumeMounts: [
          { name: "controller-tls", mountPath: certificatePath, readOnly: true },
          { name: "webhook-tls", mountPath: webhookPath, readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "controller-tls", secret: { secretName: controllerCertificate, defaultMode: 0o440 } },
      { name: "webhook-tls", secret: { secretName: webhookCertificate, defaultMode: 0o440 } },
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
    ],
  };
}

/** https://docs.konghq.com/kubernetes-ingress-controller/3.5.x/reference/cli-arguments/ */
function environment(namespace: string, gatewayClass: string): Record<string, string> {
  const flags: Record<string, string> = {
    WATCH_NAMESPACE: namespace,
    SECRET_LABEL_SELECTOR: edgeSecretLabel,
    INGRESS_CLASS: gatewayClass,
    GATEWAY_API_CONTROLLER_NAME: controllerOf(gatewayClass),
    GATEWAY_TO_RECONCILE: `${namespace}/${kongName}`,
    PUBLISH_SERVICE: `${namespace}/${kongName}`,
    ELECTION_ID: electionId(gatewayClass),
    // Finds the proxies by the endpoints of this Service and configures each.
    KONG_ADMIN_SVC: `${namespace}/${adminService}`,
    KONG_ADMIN_SVC_PORT_NAMES: "admin-tls",
    KONG_ADMIN_TLS_CLIENT_CERT_FILE: `${certificatePath}/tls.crt`,
    KONG_ADMIN_TLS_CLIENT_KEY_FILE: `${certificatePath}/tls.key`,
    KONG_ADMIN_CA_CERT_FILE: `${certificatePath}/ca.crt`,
    KONG_ADMIN_TLS_SERVER_NAME: adminServerName(namespace),
    ADMISSION_WEBHOOK_LISTEN: `0.0.0.0:${controllerPorts.webhook}`,
    // One broken object is left out and the rest applied, instead of no change at all for anybody.
    FEATURE_GATES: "FallbackConfiguration=true",
    USE_LAST_VALID_CONFIG_FOR_FALLBACK: "true",
    // A pod that is going away gets no new requests, and finishes those it has.
    ENABLE_DRAIN_SUPPORT: "true",
    ANONYMOUS_REPORTS: "false",
    LOG_FORMAT: "json",
    ...Object.fromEntries(
      unused.map((name) => [`ENABLE_CONTROLLER_${name.replaceAll("-", "_").toUpperCase()}`, "false"]),
    ),
  };
  return Object.fromEntries(Object.entries(flags).map(([name, value]) => [`CONTROLLER_${name}`, value]));
}
