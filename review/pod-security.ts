import type { PlainObject } from "./change.ts";
import { at, isRecord } from "./compare.ts";
import { podTemplates } from "./lists.ts";

type Json = Readonly<Record<string, unknown>>;

/** One way in which a container or a pod can be less closed off than it should. */
export interface Aspect {
  /** How far it is from closed: 0 is closed, more is weaker. A list is compared item by item. */
  readonly level: (container: Json, pod: Json) => number | readonly string[];
  /** What a container that was not there before is compared with. */
  readonly closed: number | readonly string[];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

function records(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** A setting of the container, or of its pod where the container says nothing. */
function effective(container: Json, pod: Json, field: string): unknown {
  return at(container, `securityContext.${field}`) ?? at(pod, `securityContext.${field}`);
}

/** Controls of the Pod Security Standards, and a few beyond: https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const aspects = {
  privileged: { level: (container) => (at(container, "securityContext.privileged") === true ? 1 : 0), closed: 0 },
  "privilege-escalation": {
    level: (container) => (at(container, "securityContext.allowPrivilegeEscalation") === false ? 0 : 1),
    closed: 0,
  },
  "capabilities-added": {
    level: (container) =>
      texts(at(container, "securityContext.capabilities.add")).filter((name) => name !== "NET_BIND_SERVICE"),
    closed: [],
  },
  "capabilities-kept": {
    level: (container) => (texts(at(container, "securityContext.capabilities.drop")).includes("ALL") ? 0 : 1),
    closed: 0,
  },
  root: {
    level: (container, pod) =>
      effective(container, pod, "runAsUser") === 0 ? 2 : effective(container, pod, "runAsNonRoot") === true ? 0 : 1,
    closed: 0,
  },
  "writable-root": {
    level: (container) => (at(container, "securityContext.readOnlyRootFilesystem") === true ? 0 : 1),
    // The standards do not ask for it, so that a new container may do without.
    closed: 1,
  },
  seccomp: {
    level: (container, pod) => {
      const type = at(effective(container, pod, "seccompProfile"), "type");
      return type === "Unconfined" ? 2 : type === "RuntimeDefault" || type === "Localhost" ? 0 : 1;
    },
    closed: 0,
  },
  "proc-mount": {
    level: (container) => (at(container, "securityContext.procMount") === "Unmasked" ? 1 : 0),
    closed: 0,
  },
  "host-port": {
    level: (container) =>
      records(container["ports"]).flatMap(({ hostPort }) =>
        typeof hostPort === "number" && hostPort > 0 ? [String(hostPort)] : [],
      ),
    closed: [],
  },
  "host-namespaces": {
    level: (_, pod) => ["hostNetwork", "hostPID", "hostIPC"].filter((field) => pod[field] === true),
    closed: [],
  },
  "host-path": {
    level: (_, pod) =>
      records(pod["volumes"])
        .map((volume) => text(at(volume, "hostPath.path")))
        .filter((path) => path !== ""),
    closed: [],
  },
} satisfies Record<string, Aspect>;

/** The spec of the pods that an object makes; nothing for an object that makes none. */
export function podOf(object: PlainObject | undefined): Json | undefined {
  const template = object === undefined ? undefined : podTemplates[object.kind];
  const spec = template === undefined ? undefined : at(object, `${template}.spec`);
  return isRecord(spec) ? spec : undefined;
}

/** Containers of any sort. */
export function containersOf(pod: Json | undefined): readonly Json[] {
  return [...records(pod?.["initContainers"]), ...records(pod?.["containers"])];
}

/** The containers in which an aspect is weaker than before, each with what is new about it. */
export function weakened(
  { level, closed }: Aspect,
  before: PlainObject | undefined,
  after: PlainObject | undefined,
): string[] {
  const [was, is] = [podOf(before), podOf(after)];
  if (is === undefined) return [];
  const found = containersOf(is).flatMap((container): string[] => {
    const old = containersOf(was).find(({ name }) => name === container["name"]);
    const [left, right] = [old === undefined ? closed : level(old, was ?? {}), level(container, is)];
    if (typeof left === "number" || typeof right === "number") return right > left ? [text(container["name"])] : [];
    const added = right.filter((each) => !left.includes(each));
    return added.length === 0 ? [] : [`${text(container["name"])} (${added.join(", ")})`];
  });
  return [...new Set(found)];
}
