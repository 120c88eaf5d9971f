import { admissionPolicy } from "../../kubernetes/admission.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component, KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { images } from "../images.ts";
import { drillName, scratchName } from "./drill.ts";

/**
 * What the restore drill may do at the Kubernetes API: create the scratch cluster, look at it and remove it. It can neither
 * change nor remove the cluster that runs, nor get at Secrets by a cluster that mounts them. It belongs to `cluster/`: who
 * applies an environment cannot give rights away.
 */
export function drillRights(namespace: string): Component {
  const metadata: Metadata = {
    name: drillName,
    namespace,
    labels: labels({ app: drillName, component: "data", team: "platform" }),
  };
  const group = "rbac.authorization.k8s.io";
  return {
    type: "suoke:cluster:PostgresRights",
    name: `postgres-rights-${namespace}`,
    dependsOn: [`namespace-${namespace}`],
    manifests: [
      {
        object: {
          apiVersion: `${group}/v1`,
          kind: "Role",
          metadata,
          rules: [
            // RBAC cannot name what does not exist yet: admission does. One that exists is not overwritten by a create.
            { apiGroups: ["postgresql.cnpg.io"], resources: ["clusters"], verbs: ["create"] },
            {
              apiGroups: ["postgresql.cnpg.io"],
              resources: ["clusters"],
              resourceNames: [scratchName],
              verbs: ["get", "delete"],
            },
          ],
        },
      },
      {
        object: {
          apiVersion: `${group}/v1`,
          kind: "RoleBinding",
          metadata,
          roleRef: { apiGroup: group, kind: "Role", name: drillName },
          subjects: [{ kind: "ServiceAccount", name: drillName, namespace }],
        },
      },
      ...scratchOnly(namespace, metadata.labels).map((object) => ({ object })),
    ],
  };
}

/** Fields by which a cluster runs what somebody brings along, or reads Secrets that are not its own. */
const reaching = [
  ...["backup", "certificates", "env", "envFrom", "imageCatalogRef", "imagePullSecrets", "managed", "plugins"],
  ...["projectedVolumeTemplate", "replica", "serviceAccountTemplate", "superuserSecret"],
];

/** Admits from the drill the scratch cluster alone. The operator's webhook has filled in its defaults when this is asked. */
function scratchOnly(namespace: string, ownLabels: Metadata["labels"]): KubernetesObject[] {
  const metadata = { name: `${drillName}-${namespace}`, labels: ownLabels };
  const quoted = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(", ");
  return admissionPolicy({
    metadata,
    resources: {
      apiGroups: ["postgresql.cnpg.io"],
      apiVersions: ["*"],
      operations: ["CREATE"],
      resources: ["clusters"],
    },
    from: {
      name: "drill",
      expression: `request.userInfo.username == "system:serviceaccount:${namespace}:${drillName}"`,
    },
    validations: [
      {
        expression: `object.metadata.name == "${scratchName}"`,
        message: `A restore drill may create ${scratchName} only.`,
      },
      {
        expression: `object.spec.imageName == "${images.postgresql}"`,
        message: "A restore drill runs the image of the cluster that it restores.",
      },
      {
        expression: `!object.spec.exists(field, field in [${quoted(reaching)}]) && !has(object.spec.postgresql.ldap)`,
        message: "A restore drill brings no Secrets, variables, volumes, roles or plugins of its own.",
      },
      {
        expression:
          'object.spec.bootstrap.all(kind, kind == "recovery") && !has(object.spec.bootstrap.recovery.secret)' +
          ' && object.spec.externalClusters.all(each, each.all(field, field in ["name", "plugin"]))',
        message: "A restore drill restores from the object store of the backups.",
      },
    ],
  });
}
