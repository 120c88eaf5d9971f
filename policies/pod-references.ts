import type { PodSpec } from "./pods.ts";
import type { Reference } from "./reference.ts";

/** Everything that pods name: a pod does not start before all of it is there, but for what is marked as optional. */
export function podReferences(spec: PodSpec): Reference[] {
  const references: Reference[] = [];
  if (spec.serviceAccountName !== undefined) {
    references.push({ kind: "ServiceAccount", name: spec.serviceAccountName, path: "serviceAccountName" });
  }
  if (spec.priorityClassName !== undefined) {
    references.push({ kind: "PriorityClass", name: spec.priorityClassName, path: "priorityClassName" });
  }
  for (const { name } of spec.imagePullSecrets ?? []) {
    if (name !== undefined) references.push({ kind: "Secret", name, path: "imagePullSecrets" });
  }
  for (const volume of spec.volumes ?? []) references.push(...volumeReferences(volume));
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { name, valueFrom } of container.env ?? []) {
      const path = `${container.name}.env.${name}`;
      const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
      if (secretKeyRef?.name !== undefined && secretKeyRef.optional !== true) {
        references.push({ kind: "Secret", name: secretKeyRef.name, key: secretKeyRef.key, path });
      }
      if (configMapKeyRef?.name !== undefined && configMapKeyRef.optional !== true) {
        references.push({ kind: "ConfigMap", name: configMapKeyRef.name, key: configMapKeyRef.key, path });
      }
    }
    for (const { secretRef, configMapRef } of container.envFrom ?? []) {
      const path = `${container.name}.envFrom`;
      for (const [kind, source] of [
        ["Secret", secretRef],
        ["ConfigMap", configMapRef],
      ] as const) {
        if (source?.name !== undefined && source.optional !== true) references.push({ kind, name: source.name, path });
      }
    }
  }
  return references;
}

/** What a volume takes of a Secret or ConfigMap: all of it, or some keys. */
interface Source {
  readonly items?: readonly { readonly key: string }[];
  readonly optional?: boolean;
}

function volumeReferences(volume: NonNullable<PodSpec["volumes"]>[number]): Reference[] {
  const path = `volumes.${volume.name}`;
  const references: Reference[] = [];
  const withKeys = (kind: "Secret" | "ConfigMap", name: string | undefined, source: Source = {}): void => {
    if (name === undefined || source.optional === true) return;
    const { items = [] } = source;
    references.push({ kind, name, path }, ...items.map(({ key }) => ({ kind, name, key, path })));
  };
  withKeys("Secret", volume.secret?.secretName, volume.secret);
  withKeys("ConfigMap", volume.configMap?.name, volume.configMap);
  for (const source of volume.projected?.sources ?? []) {
    withKeys("Secret", source.secret?.name, source.secret);
    withKeys("ConfigMap", source.configMap?.name, source.configMap);
  }
  if (volume.persistentVolumeClaim !== undefined) {
    references.push({ kind: "PersistentVolumeClaim", name: volume.persistentVolumeClaim.claimName, path });
  }
  const template = volume.ephemeral?.volumeClaimTemplate?.spec.storageClassName;
  if (template !== undefined) references.push({ kind: "StorageClass", name: template, path });
  return references;
}
