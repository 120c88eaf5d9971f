/** Prometheus, Alertmanager and Grafana of an environment's own. */
export interface ManagedMetrics {
  readonly kind: "managed";
  /** Two Prometheis scrape the same, so that one may be away. */
  readonly prometheus: {
    readonly replicas: 1 | 2;
    readonly storage: { readonly class: string; readonly size: string };
    /** Days that series are kept, where the volume suffices. */
    readonly retentionDays: number;
    /** As Kubernetes quantities; request and limit of memory are the same. */
    readonly resources: { readonly cpu: string; readonly memory: string };
  };
  /** Three agree on what was sent; one is enough where nobody is woken. */
  readonly alertmanager: {
    readonly replicas: 1 | 3;
    readonly storage: { readonly class: string; readonly size: string };
  };
  readonly remoteWrite?: RemoteWrite;
  /** Nothing may fail here in silence: somebody must be told of what is critical. */
  readonly mustNotify: boolean;
  /** No promise of the catalogue counts for more than this here, 0–1: an environment for trying things may fail. */
  readonly availabilityAtMost: number;
}

/** A store that keeps series longer than a volume can: what Prometheus scrapes is written there, too. */
export interface RemoteWrite {
  readonly url: string;
  /** Addresses behind the URL: NetworkPolicies know no names. */
  readonly cidrs: readonly string[];
  /** Whether it asks for a token, which is then the secret `monitoring.remoteWrite`. */
  readonly token: boolean;
}
