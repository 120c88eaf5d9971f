import type {
  ICluster,
  IDatabase,
  IPooler,
  IScheduledBackup,
} from "@kubernetes-models/cloudnative-pg/postgresql.cnpg.io/v1";
import type { ICertificate, IIssuer } from "@kubernetes-models/cert-manager/cert-manager.io/v1";
import type {
  IGRPCRoute,
  IGateway,
  IGatewayClass,
  IHTTPRoute,
} from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1";
import type {
  IValidatingAdmissionPolicy,
  IValidatingAdmissionPolicyBinding,
  IValidatingWebhookConfiguration,
} from "kubernetes-models/admissionregistration.k8s.io/v1";
import type { IElasticsearch } from "@kubernetes-models/elastic-cloud/elasticsearch.k8s.elastic.co/v1";
import type { IDaemonSet, IDeployment, IStatefulSet } from "kubernetes-models/apps/v1";
import type { IHorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import type { ICronJob, IJob } from "kubernetes-models/batch/v1";
import type { INetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import type { IPodDisruptionBudget } from "kubernetes-models/policy/v1";
import type {
  IClusterRole,
  IClusterRoleBinding,
  IRole,
  IRoleBinding,
} from "kubernetes-models/rbac.authorization.k8s.io/v1";
import type { IPriorityClass } from "kubernetes-models/scheduling.k8s.io/v1";
import type {
  IConfigMap,
  ILimitRange,
  INamespace,
  IPersistentVolumeClaim,
  IResourceQuota,
  ISecret,
  IService,
  IServiceAccount,
} from "kubernetes-models/v1";
import type { KongConsumer, KongPlugin, KongUpstreamPolicy } from "../components/kong/resources.ts";
import type { ObjectStore } from "../components/postgres/object-store.ts";
import type { SecretExpression } from "./secrets.ts";

/** What we write of an object's metadata. A name is required: nothing here relies on generated names. */
export interface Metadata {
  readonly name: string;
  /** Absent on cluster-scoped objects only. */
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A published Kubernetes type as we use it: our metadata, and no status, which belongs to controllers. */
type Written<T> = Omit<T, "metadata" | "status"> & { readonly metadata: Metadata };

/** The only kind of object whose values may be secret expressions. `data` is left out: we always write plain text. */
export type SecretManifest = Omit<Written<ISecret>, "data" | "stringData"> & {
  readonly stringData: Readonly<Record<string, string | SecretExpression>>;
};

/** Every kind of object the platform writes. To use a further kind, add its published interface here. */
export type KubernetesObject =
  | Written<ICertificate>
  | Written<ICluster>
  | Written<IClusterRole>
  | Written<IClusterRoleBinding>
  | Written<IConfigMap>
  | Written<ICronJob>
  | Written<IDaemonSet>
  | Written<IDatabase>
  | Written<IDeployment>
  | Written<IGRPCRoute>
  | Written<IGateway>
  | Written<IGatewayClass>
  | Written<IHTTPRoute>
  | Written<IElasticsearch>
  | Written<IHorizontalPodAutoscaler>
  | Written<IIssuer>
  | Written<IJob>
  | KongConsumer
  | KongPlugin
  | KongUpstreamPolicy
  | Written<ILimitRange>
  | Written<INamespace>
  | Written<INetworkPolicy>
  | ObjectStore
  | Written<IPersistentVolumeClaim>
  | Written<IPodDisruptionBudget>
  | Written<IPooler>
  | Written<IPriorityClass>
  | Written<IResourceQuota>
  | Written<IRole>
  | Written<IRoleBinding>
  | Written<IScheduledBackup>
  | SecretManifest
  | Written<IService>
  | Written<IServiceAccount>
  | Written<IStatefulSet>
  | Written<IValidatingAdmissionPolicy>
  | Written<IValidatingAdmissionPolicyBinding>
  | Written<IValidatingWebhookConfiguration>;

/** The object type of one kind: `ObjectOf<"Deployment">`. */
export type ObjectOf<Kind extends KubernetesObject["kind"]> = Extract<KubernetesObject, { kind: Kind }>;

/** What Pulumi must know about an object's life beyond its content. The embedded cluster ignores it. */
export interface Lifecycle {
  /** `pulumi destroy` and removals from the program are refused until the protection is lifted. */
  readonly protect?: boolean;
  /** The object stays in the cluster when it leaves the program. */
  readonly retainOnDelete?: boolean;
  /** For kinds whose old and new object cannot exist side by side. */
  readonly deleteBeforeReplace?: boolean;
  /** Fields that a controller in the cluster owns after creation. */
  readonly ignoreChanges?: readonly string[];
  /** Former logical names, so that a rename does not delete and create. */
  readonly aliases?: readonly string[];
}

/** A rule of `policies/hardening` that some objects of a component do not keep, on purpose. */
export interface Exemption {
  /** Id of the rule. */
  readonly rule: string;
  /** `Deployment auth-service`; all of the component that do not keep the rule when absent. */
  readonly objects?: readonly string[];
  /**
   * What exactly is let pass, as the finding says it: `kong: runs as user 1000.` Anything else that breaks the rule is still
   * a finding. Everything is let pass when absent.
   */
  readonly problems?: readonly string[];
  /** Why it cannot be kept here, and what stands in its place. */
  readonly reason: string;
  /** Day after which somebody looks at it again: `2027-06-30`. */
  readonly until: string;
}

/** One Kubernetes object and its life under Pulumi. */
export interface Manifest {
  readonly object: KubernetesObject;
  readonly lifecycle?: Lifecycle;
}

/**
 * A Helm chart that somebody else publishes: an operator. Only Pulumi installs it; it is rendered as its arguments, and the
 * embedded cluster goes without.
 */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  /** Name of the chart, or its whole address where the repository is an OCI registry. */
  readonly chart: string;
  readonly version: string;
  /** Address of the chart repository; absent for an OCI registry. */
  readonly repository?: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Pulumi's package for this very chart, where there is one. */
  readonly through?: "kubernetes-cert-manager";
}

/** A file of manifests that somebody else publishes: definitions. Only Pulumi applies it. They outlive their stack. */
export interface PublishedFile {
  readonly name: string;
  /** With its version in it. */
  readonly url: string;
}

/** A system or service of the platform: the unit of registration, of a golden file and of dependency order. */
export interface Component {
  /** Pulumi type token. */
  readonly type: `suoke:${string}:${string}`;
  /** Unique within an environment. */
  readonly name: string;
  readonly manifests: readonly Manifest[];
  readonly releases?: readonly HelmRelease[];
  readonly exemptions?: readonly Exemption[];
  readonly files?: readonly PublishedFile[];
  /** Names of the components that must be rolled out first. */
  readonly dependsOn: readonly string[];
}

/** `Deployment auth-service`: how messages name an object. */
export function describeObject(object: KubernetesObject): string {
  return `${object.kind} ${object.metadata.name}`;
}

/** All objects of some components, in order. */
export function objectsOf(components: readonly Component[]): KubernetesObject[] {
  return components.flatMap((component) => component.manifests.map(({ object }) => object));
}
