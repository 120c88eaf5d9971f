/** What a reference needs to exist. `key` is a key of a Secret or ConfigMap. */
export interface Reference {
  readonly kind:
    | "Cluster"
    | "ConfigMap"
    | "Deployment"
    | "Gateway"
    | "Issuer"
    | "KongPlugin"
    | "KongUpstreamPolicy"
    | "ObjectStore"
    | "PersistentVolumeClaim"
    | "PriorityClass"
    | "Secret"
    | "Service"
    | "ServiceAccount"
    | "StorageClass";
  readonly name: string;
  readonly key?: string;
  readonly path: string;
}
