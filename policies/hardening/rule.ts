import type { KubernetesObject, Manifest } from "../../kubernetes/manifest.ts";
import type { PodIndex, Pods, Scale } from "../pods.ts";

/** Ids under which scanners know what a rule checks, for reports and for exemptions in their own formats. */
export interface Covers {
  /** Control of the Pod Security Standards, CIS Kubernetes Benchmark or NSA/CISA hardening guide. */
  readonly standard?: string;
  readonly checkov?: readonly `CKV${string}`[];
  readonly kubeScore?: readonly string[];
  readonly kubeLinter?: readonly string[];
  readonly polaris?: readonly string[];
  readonly kubescape?: readonly `C-${string}`[];
  readonly trivy?: readonly `KSV-${string}`[];
}

/** What a rule looks at: everything that one stack renders. */
export interface View {
  readonly manifests: readonly Manifest[];
  readonly objects: readonly KubernetesObject[];
  /** Pods whose template stands in the render. What operators make of their own kinds is theirs to harden. */
  readonly pods: readonly Pods[];
  readonly index: PodIndex;
  readonly scaleOf: (workload: KubernetesObject) => Scale;
  readonly promises: Promises;
}

/** What an environment promises beyond what every one of them does. */
export interface Promises {
  /** Images are pinned by digest. */
  readonly digests: boolean;
  /** It survives the loss of a zone. */
  readonly redundant: boolean;
}

/** One place where a rule is not kept. */
export interface Violation {
  readonly object: KubernetesObject;
  /** Within the object: a container, a field. */
  readonly at?: string;
  /** With the value. */
  readonly problem: string;
}

/** Objects of one kind. */
export function ofKind<Kind extends KubernetesObject["kind"]>(
  { objects }: View,
  kind: Kind,
): Extract<KubernetesObject, { kind: Kind }>[] {
  return objects.filter((object): object is Extract<KubernetesObject, { kind: Kind }> => object.kind === kind);
}

/** A rule over rendered objects. Pure: the same objects always give the same violations. */
export interface Rule {
  /** Stable; exemptions name it. */
  readonly id: string;
  readonly covers: Covers;
  /** What an attacker or a fault does where it is not kept. */
  readonly reason: string;
  readonly fix: string;
  /** The rule is for environments that promise this. */
  readonly onlyWhere?: keyof Promises;
  readonly check: (view: View) => readonly Violation[];
  /**
   * Objects that keep the rule in a way that some scanner does not see. They say so in their annotations, and the files of
   * scanners that read none name them.
   */
  readonly unseen?: (view: View) => readonly Unseen[];
}

export interface Unseen {
  readonly object: KubernetesObject;
  readonly scanners: Omit<Covers, "standard">;
  /** How it is kept. */
  readonly because: string;
}
