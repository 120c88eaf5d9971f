import { parseQuantity } from "../kubernetes/quantity.ts";
import { podTemplates } from "./lists.ts";

/**
 * Whether two values at a place mean the same: quantities by what they count (`1000m` is `1`), durations by how long they
 * are (`60m` is `1h`), and what the API server fills in by itself is the same as nothing. Lists are for others to compare.
 */
export function sameMeaning(kind: string, shape: string, before: unknown, after: unknown): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined) return defaultOf(kind, shape) === (before ?? after);
  if (typeof before === "object" || typeof after === "object") return false;
  if (isQuantity(kind, shape)) return closeTo(quantity(before), quantity(after));
  return durations[kind]?.includes(shape) === true && closeTo(goDuration(before), goDuration(after));
}

/** `requests` and `limits` wherever they occur, also in custom resources, which embed the published types. */
const anywhere =
  /(^|[.\]])(resources\.(requests|limits)\..+|emptyDir\.sizeLimit|overhead\..+|resourceFieldRef\.divisor)$/;

const quantities: Readonly<Record<string, RegExp>> = {
  Cluster: /^spec\.(storage|walStorage)\.size$/,
  HorizontalPodAutoscaler: /\.target\.(averageValue|value)$/,
  LimitRange: /^spec\.limits\[\]\.(max|min|default|defaultRequest|maxLimitRequestRatio)\./,
  PersistentVolume: /^spec\.capacity\./,
  ResourceQuota: /^spec\.hard\./,
};

/** Whether the field of a kind holds a quantity, such as `100m` and `0.1`, which are the same. @param shape its path without indexes */
export function isQuantity(kind: string, shape: string): boolean {
  return anywhere.test(shape) || quantities[kind]?.test(shape) === true;
}

/** Fields that hold Go durations. */
const durations: Readonly<Record<string, readonly string[]>> = {
  Certificate: ["spec.duration", "spec.renewBefore"],
  GRPCRoute: ["spec.rules[].timeouts.request", "spec.rules[].timeouts.backendRequest"],
  HTTPRoute: ["spec.rules[].timeouts.request", "spec.rules[].timeouts.backendRequest"],
};

/** A quantity's value; nothing for what is none. */
export function quantity(value: unknown): number | undefined {
  try {
    return parseQuantity(value as string);
  } catch {
    return undefined;
  }
}

const seconds: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Seconds of a Go duration such as `1h30m` (https://pkg.go.dev/time#ParseDuration); nothing for what is none. */
export function goDuration(value: unknown): number | undefined {
  if (typeof value !== "string" || !/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined;
  let sum = 0;
  for (const [, count, unit = ""] of value.matchAll(/([0-9.]+)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(count) * (seconds[unit] ?? Number.NaN);
  }
  return sum;
}

/** Decimal fractions have no exact binary form: `0.3` and `300m` differ in the last digit. */
function closeTo(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

type Defaults = Readonly<Record<string, string | number | boolean>>;

const probe: Defaults = {
  initialDelaySeconds: 0,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
  "httpGet.scheme": "HTTP",
};

const container: Defaults = {
  terminationMessagePath: "/dev/termination-log",
  terminationMessagePolicy: "File",
  "env[].valueFrom.fieldRef.apiVersion": "v1",
  "ports[].protocol": "TCP",
  "volumeMounts[].readOnly": false,
  ...under("livenessProbe", probe),
  ...under("readinessProbe", probe),
  ...under("startupProbe", probe),
};

const podSpec: Defaults = {
  restartPolicy: "Always",
  dnsPolicy: "ClusterFirst",
  schedulerName: "default-scheduler",
  terminationGracePeriodSeconds: 30,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  "volumes[].configMap.defaultMode": 420,
  "volumes[].secret.defaultMode": 420,
  "volumes[].projected.defaultMode": 420,
  ...under("containers[]", container),
  ...under("initContainers[]", container),
};

/**
 * What the API server fills in where a field is absent, so that writing it down changes nothing. Only fields that it
 * really fills in: an optional `false` that it does not would be another template. test/cluster/diff.test.ts asks a server.
 */
const kinds: Readonly<Record<string, Defaults>> = {
  CronJob: { "spec.concurrencyPolicy": "Allow", "spec.suspend": false },
  Deployment: {
    "spec.minReadySeconds": 0,
    "spec.progressDeadlineSeconds": 600,
    "spec.revisionHistoryLimit": 10,
    "spec.strategy.type": "RollingUpdate",
    "spec.strategy.rollingUpdate.maxSurge": "25%",
    "spec.strategy.rollingUpdate.maxUnavailable": "25%",
  },
  HorizontalPodAutoscaler: { "spec.minReplicas": 1 },
  PersistentVolumeClaim: { "spec.volumeMode": "Filesystem" },
  Service: {
    "spec.type": "ClusterIP",
    "spec.sessionAffinity": "None",
    "spec.internalTrafficPolicy": "Cluster",
    "spec.ports[].protocol": "TCP",
  },
  StatefulSet: {
    "spec.podManagementPolicy": "OrderedReady",
    "spec.revisionHistoryLimit": 10,
  },
};

const defaults: ReadonlyMap<string, Defaults> = new Map(
  [...new Set([...Object.keys(kinds), ...Object.keys(podTemplates)])].map((kind) => {
    const template = podTemplates[kind];
    return [kind, { ...kinds[kind], ...(template === undefined ? {} : under(`${template}.spec`, podSpec)) }];
  }),
);

/** What the API server puts where a field is absent, as far as we rely on it. */
export function defaultOf(kind: string, shape: string): string | number | boolean | undefined {
  return defaults.get(kind)?.[shape];
}

/** Every default that is relied on, by kind: for the test that asks a server. */
export const allDefaults: ReadonlyMap<string, Defaults> = defaults;

function under(path: string, table: Defaults): Defaults {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [`${path}.${key}`, value]));
}
