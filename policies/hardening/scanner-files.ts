import type { Component } from "../../kubernetes/manifest.ts";
import { describeObject } from "../../kubernetes/manifest.ts";
import type { Promises } from "./rule.ts";
import { hardeningRules } from "./rules.ts";
import { unpromised } from "./scanners.ts";

/** A stack with the folder that its render is in. */
export interface Rendered {
  /** Below `test/golden/`. */
  readonly folder: string;
  readonly components: readonly Component[];
  readonly promises: Promises;
}

/**
 * What trivy is to leave out: it reads no annotations. For `trivy config --ignorefile`, over the renders in `test/golden/`.
 * https://trivy.dev/latest/docs/configuration/filtering/#by-finding-ids
 */
export function trivyIgnore(stacks: readonly Rendered[]): object {
  const misconfigurations = stacks.flatMap(({ folder, components, promises }) => [
    ...unpromised("trivy", promises).map((id) => ({ id, paths: [`test/golden/${folder}/*.yaml`] })),
    ...components.flatMap(({ name, exemptions = [] }) =>
      exemptions.flatMap(({ rule, reason, until }) =>
        (hardeningRules.get(rule)?.covers.trivy ?? []).map((id) => ({
          id,
          paths: [`test/golden/${folder}/${name}.yaml`],
          statement: reason,
          expired_at: until,
        })),
      ),
    ),
  ]);
  return { misconfigurations };
}

const workloads = ["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"];

/** The kinds that the rules of a group are about. */
function subjects(rule: string): readonly string[] {
  const group = rule.split("/")[0] ?? "";
  const others: Readonly<Record<string, readonly string[]>> = {
    access: ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    network: ["NetworkPolicy"],
    services: ["Gateway", "Service"],
    namespaces: ["Namespace"],
  };
  return others[group] ?? workloads;
}

/**
 * What kubescape is to let pass, object by object, for `kubescape scan --exceptions`.
 * https://kubescape.io/docs/accepting-risk/
 */
export function kubescapeExceptions(stacks: readonly Rendered[]): object[] {
  return stacks.flatMap(({ folder, components }) =>
    components.flatMap(({ name, manifests, exemptions = [] }) =>
      exemptions.flatMap(({ rule, objects, reason, until }) => {
        const controls = hardeningRules.get(rule)?.covers.kubescape ?? [];
        const resources = manifests
          .map(({ object }) => object)
          .filter((object) => objects?.includes(describeObject(object)) ?? subjects(rule).includes(object.kind))
          .map(({ kind, metadata }) => ({
            designatorType: "Attributes",
            attributes: {
              kind,
              name: metadata.name,
              ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
            },
          }));
        if (controls.length === 0 || resources.length === 0) return [];
        return [
          {
            name: `${folder}-${name}-${rule.replace("/", "-")}`,
            policyType: "postureExceptionPolicy",
            actions: ["alertOnly"],
            reason,
            expirationDate: `${until}T00:00:00Z`,
            resources,
            posturePolicies: controls.map((controlID) => ({ controlID })),
          },
        ];
      }),
    ),
  );
}

/** Checks of a scanner that our rules stand for, each once. */
function covered(scanner: "kubeLinter" | "polaris"): string[] {
  return [
    ...new Set([...hardeningRules.values()].flatMap(({ covers }): readonly string[] => covers[scanner] ?? [])),
  ].sort();
}

/**
 * The checks of kube-linter that our rules stand for, and no others: it reads exemptions from the objects. Its check for the
 * TTL of Jobs is not among them, since a deployed Job that vanishes would be drift, nor is the one for three replicas at
 * least, which each environment decides. For `kube-linter lint --config`.
 * https://docs.kubelinter.io/#/configuring-kubelinter
 */
export function kubeLinterConfig(): object {
  return { checks: { doNotAutoAddDefaults: true, include: covered("kubeLinter") } };
}

/**
 * The same for polaris, where what is not listed is not checked. For `polaris audit --config`.
 * https://polaris.docs.fairwinds.com/customization/configuration/
 */
export function polarisConfig(): object {
  return { checks: Object.fromEntries(covered("polaris").map((id) => [id, "danger"])) };
}
