import type { Component } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { podsOf } from "../pods.ts";
import type { LetOff } from "./hardening.ts";
import { letOff } from "./hardening.ts";
import type { Promises } from "./rule.ts";
import { hardeningRules } from "./rules.ts";
import { noFaults, notOfObjects, unpromised } from "./scanners.ts";

/** A stack with the folder that its render is in. */
export interface Rendered {
  /** Below `test/golden/`. */
  readonly folder: string;
  readonly components: readonly Component[];
  readonly promises: Promises;
}

/** An exemption holds to the end of its last day. */
const endOf = (day: string): string => `${day}T23:59:59Z`;

/**
 * What trivy is to leave out of one stack: it reads no annotations, and knows a file by its name below the folder that it
 * scans. For `trivy config --ignorefile`.
 * https://trivy.dev/latest/docs/configuration/filtering/#by-finding-ids
 */
export function trivyIgnore({ components, promises }: Rendered): object {
  const objects = objectsOf(components);
  const everywhere = [
    ...unpromised("trivy", promises).map((id) => ({ id, statement: "This environment does not promise it." })),
    ...notOfObjects.filter(({ kind }) => objects.some((object) => object.kind === kind)),
  ].map(({ id, statement }) => ({ id, paths: ["*.yaml"], statement }));
  const single = letOff(components, promises).flatMap(({ component, scanners, because, until }) =>
    (scanners.trivy ?? []).map((id) => ({
      id,
      paths: [`${component}.yaml`],
      statement: because,
      ...(until === undefined ? {} : { expired_at: endOf(until) }),
    })),
  );
  const each = new Map([...everywhere, ...single].map((entry) => [JSON.stringify(entry), entry]));
  return { misconfigurations: [...each.values()] };
}

/**
 * Registries that images really come from. A new one shows in the diff of the generated file, and is a finding of trivy where
 * it is not generated. For `trivy config --config-data`.
 */
export function trivyData(stacks: readonly Rendered[]): object {
  const images = stacks
    .flatMap(({ components }) => objectsOf(components))
    .flatMap((object) => podsOf(object) ?? [])
    .flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
    .flatMap(({ image }) => image?.split("/")[0] ?? []);
  return { ksv0125: { trusted_registries: [...new Set(images)].sort() } };
}

/**
 * What kubescape is to let pass, object by object, for `kubescape scan --exceptions`.
 * https://kubescape.io/docs/accepting-risk/
 */
export function kubescapeExceptions(stacks: readonly Rendered[]): object[] {
  const general = noFaults.map(({ id, because }) => exception(`all-${id}`, because, [id], [{ kind: ".*" }]));
  const single = stacks.flatMap(({ folder, components, promises }) => {
    const each = letOff(components, promises).filter(({ scanners }) => (scanners.kubescape ?? []).length > 0);
    const alike = Map.groupBy(each, ({ component, rule, scanners, because, until }) =>
      JSON.stringify([component, rule, scanners.kubescape, because, until]),
    );
    return [...alike.values()].flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { component, rule, scanners, because, until } = first;
      const controls = scanners.kubescape ?? [];
      // Each has a name of its own, which does not change when another comes or goes.
      const name = [folder, component, rule.replace("/", "-"), ...controls, first.object.metadata.name].join("-");
      return [exception(name, because, controls, group.map(attributesOf), until)];
    });
  });
  return [...general, ...single];
}

/** Kubescape takes the values for regular expressions that have to match a whole name. */
function attributesOf({ object: { kind, metadata } }: LetOff): Readonly<Record<string, string>> {
  const { name, namespace } = metadata;
  const exactly = (text: string): string => text.replaceAll(".", "\\.");
  return { kind, name: exactly(name), ...(namespace === undefined ? {} : { namespace }) };
}

function exception(
  name: string,
  reason: string,
  controls: readonly string[],
  attributes: readonly Readonly<Record<string, string>>[],
  until?: string,
) {
  return {
    name,
    policyType: "postureExceptionPolicy",
    actions: ["alertOnly"],
    reason,
    ...(until === undefined ? {} : { expirationDate: endOf(until) }),
    resources: attributes.map((each) => ({ designatorType: "Attributes", attributes: each })),
    posturePolicies: controls.map((controlID) => ({ controlID })),
  };
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
