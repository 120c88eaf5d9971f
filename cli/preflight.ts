import type { Component } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import type { Finding } from "../policies/finding.ts";
import { refuse } from "../policies/finding.ts";
import type { Cluster } from "./kubectl.ts";
import { kubectl, unreachable } from "./kubectl.ts";
import { servingFindings } from "./serving.ts";

/** What components need of the server before anything is sent to it. */
export interface Requirements {
  /** API group and version, such as `apps/v1`, to the kinds that are used of it. */
  readonly kinds: ReadonlyMap<string, readonly string[]>;
  /** Absent for the stack that creates namespaces itself. */
  readonly namespace?: string;
  /** The second tracks that services have, by the names of their Deployments. */
  readonly tracks: ReadonlySet<string>;
}

/** `sleep` in a preStop hook, which every service has, is stable since Kubernetes 1.34. */
export const oldestMinor = 34;

/** How long a server may take to answer, in seconds. */
const patience = 10;

/** What some components require. */
export function requirements(components: readonly Component[], namespace?: string): Requirements {
  const kinds = new Map<string, string[]>();
  for (const { apiVersion, kind } of objectsOf(components)) {
    const known = kinds.get(apiVersion) ?? [];
    if (!known.includes(kind)) kinds.set(apiVersion, [...known, kind].sort());
  }
  const tracks = objectsOf(components).filter(
    (object) =>
      object.kind === "Deployment" &&
      ["canary", "green"].includes(object.spec?.template.metadata?.labels?.["track"] ?? ""),
  );
  return {
    kinds,
    tracks: new Set(tracks.map(({ metadata }) => metadata.name)),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/**
 * Asks the server for what is required. Without this an `up` on an unprepared cluster would retry for minutes, and a
 * preview would not notice at all.
 * @throws {Findings} with everything that is missing
 * @throws {UsageError} when the server cannot be asked
 */
export async function preflight({ kinds, namespace, tracks }: Requirements, cluster: Cluster): Promise<void> {
  const version = await serverVersion(cluster);
  const findings = await Promise.all([
    ...[...kinds].map(([apiVersion, wanted]) => kindFindings(apiVersion, wanted, cluster)),
    namespace === undefined ? [] : namespaceFindings(namespace, cluster),
    namespace === undefined ? [] : servingFindings(namespace, tracks, (path) => get(path, cluster)),
  ]);
  refuse([...versionFindings(version, cluster), ...findings.flat()]);
}

interface Version {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
}

async function serverVersion(cluster: Cluster): Promise<Version> {
  const answer = await get("/version", cluster);
  if (answer === undefined) throw unreachable(cluster, "it does not serve /version");
  return JSON.parse(answer) as Version;
}

function versionFindings({ minor, gitVersion }: Version, { context }: Cluster): Finding[] {
  return Number.parseInt(minor, 10) >= oldestMinor
    ? []
    : [
        {
          rule: "preflight/version",
          place: `context ${context}`,
          problem: `the server is ${gitVersion}.`,
          fix: `Upgrade it to Kubernetes 1.${oldestMinor} or newer.`,
        },
      ];
}

async function kindFindings(apiVersion: string, wanted: readonly string[], cluster: Cluster): Promise<Finding[]> {
  const answer = await get(apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`, cluster);
  const served = answer === undefined ? [] : (JSON.parse(answer) as { resources: { kind: string }[] }).resources;
  return wanted
    .filter((kind) => !served.some((resource) => resource.kind === kind))
    .map((kind) => ({
      rule: "preflight/kind",
      place: `context ${cluster.context}`,
      problem: `the server does not know ${apiVersion} ${kind}.`,
      fix: clusterFix,
    }));
}

async function namespaceFindings(namespace: string, cluster: Cluster): Promise<Finding[]> {
  const answer = await get(`/api/v1/namespaces/${namespace}`, cluster);
  return answer !== undefined
    ? []
    : [
        {
          rule: "preflight/namespace",
          place: `context ${cluster.context}`,
          problem: `namespace ${namespace} does not exist.`,
          fix: clusterFix,
        },
      ];
}

/** Who has what is missing. */
export const clusterFix = "The cluster's own stack provides it; run: pulumi -C cluster up -s <cluster>";

/** The answer to a GET, or nothing where the server has no such thing. */
async function get(path: string, cluster: Cluster): Promise<string | undefined> {
  const { code, stdout, stderr } = await kubectl(cluster, ["get", "--raw", path, `--request-timeout=${patience}s`]);
  if (code === 0) return stdout;
  if (/NotFound|could not find the requested resource/.test(stderr)) return undefined;
  throw unreachable(cluster, stderr.trim());
}
