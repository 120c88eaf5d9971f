import type { Component, Exemption, KubernetesObject } from "../../kubernetes/manifest.ts";
import { describeObject } from "../../kubernetes/manifest.ts";
import type { Finding } from "../finding.ts";
import { autoscalersByTarget, indexPods, podsOf, scaleOf } from "../pods.ts";
import { scannerAnnotations } from "./annotations.ts";
import type { Promises, Rule, Unseen, View, Violation } from "./rule.ts";
import { hardeningRules } from "./rules.ts";

/** Components that have been looked at. */
export interface Hardened {
  /** The same components; objects that are exempt from a rule say so to scanners in their annotations. */
  readonly components: readonly Component[];
  /** What is neither kept nor exempt, and exemptions that exempt nothing. */
  readonly findings: readonly Finding[];
  /** What is not kept, and exempt. */
  readonly waived: readonly Waived[];
}

/** One reason why scanners are to let an object be. */
export interface LetOff extends Unseen {
  /** The name of its component. */
  readonly component: string;
  readonly rule: string;
  /** The last day of an exemption; what keeps its rule has none. */
  readonly until?: string;
}

/** A finding that does not count, and why. */
export interface Waived {
  readonly finding: Finding;
  readonly exemption: Exemption;
}

/** What each object of a stack is let off, exempt or not seen, in the order of the rules. */
export function letOff(components: readonly Component[], promises: Promises): LetOff[] {
  const view = viewOf(components, promises);
  const owners = ownersOf(components);
  return [...hardeningRules.values()].flatMap((rule) => {
    const exempt = new Map<KubernetesObject, Set<Exemption>>();
    for (const violation of appliesIn(promises)(rule) ? rule.check(view) : []) {
      const exemption = exemptionOf(rule, violation, owners.get(violation.object));
      if (exemption === undefined) continue;
      exempt.set(violation.object, (exempt.get(violation.object) ?? new Set()).add(exemption));
    }
    const exempted = [...exempt].flatMap(([object, exemptions]) =>
      [...exemptions].map(({ reason, until }) => ({ object, scanners: rule.covers, because: reason, until })),
    );
    return [...exempted, ...(rule.unseen?.(view) ?? [])].map((each) => ({
      ...each,
      rule: rule.id,
      component: owners.get(each.object)?.name ?? "",
    }));
  });
}

/** Judges what one stack renders by every rule. */
export function harden(components: readonly Component[], promises: Promises): Hardened {
  const view = viewOf(components, promises);
  const owners = ownersOf(components);
  const exempted = new Map<KubernetesObject, Exemption[]>();
  const waived: Waived[] = [];
  const applies = appliesIn(promises);
  const findings = [...hardeningRules.values()].filter(applies).flatMap((rule) =>
    rule.check(view).flatMap((violation) => {
      const { object } = violation;
      const exemption = exemptionOf(rule, violation, owners.get(object));
      if (exemption === undefined) return [findingOf(rule, violation)];
      waived.push({ finding: findingOf(rule, violation), exemption });
      const known = exempted.get(object) ?? [];
      if (!known.includes(exemption)) exempted.set(object, [...known, exemption]);
      return [];
    }),
  );
  const unseen = Map.groupBy(
    [...hardeningRules.values()].flatMap((rule) => rule.unseen?.(view) ?? []),
    ({ object }) => object,
  );
  const used = new Set([...exempted.values()].flat());
  return {
    components: components.map((component) => annotated(component, exempted, unseen)),
    findings: [...findings, ...components.flatMap((component) => idleExemptions(component, used, applies))],
    waived,
  };
}

/** Workloads whose pod template the render holds as it will run. Pods of other kinds are their operator's to harden. */
const workloads = ["CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"];

/** What rules look at. */
export function viewOf(components: readonly Component[], promises: Promises): View {
  const manifests = components.flatMap((component) => component.manifests);
  const objects = manifests.map(({ object }) => object);
  const templates = objects.filter(({ kind }) => workloads.includes(kind));
  const autoscalers = autoscalersByTarget(objects);
  return {
    manifests,
    objects,
    pods: templates.flatMap((object) => podsOf(object) ?? []),
    index: indexPods(templates),
    scaleOf: (workload) => scaleOf(workload, autoscalers.get(workload.metadata.name), 1),
    promises,
  };
}

const appliesIn =
  (promises: Promises) =>
  ({ onlyWhere }: Rule): boolean =>
    onlyWhere === undefined || promises[onlyWhere];

function ownersOf(components: readonly Component[]): ReadonlyMap<KubernetesObject, Component> {
  return new Map(
    components.flatMap((component) => component.manifests.map(({ object }) => [object, component] as const)),
  );
}

function exemptionOf({ id }: Rule, violation: Violation, owner: Component | undefined): Exemption | undefined {
  const object = describeObject(violation.object);
  const problem = violation.at === undefined ? violation.problem : `${violation.at}: ${violation.problem}`;
  return owner?.exemptions?.find(
    ({ rule, objects, problems }) =>
      rule === id && (objects?.includes(object) ?? true) && (problems?.includes(problem) ?? true),
  );
}

function annotated(
  component: Component,
  exempted: ReadonlyMap<KubernetesObject, readonly Exemption[]>,
  unseen: ReadonlyMap<KubernetesObject, readonly Unseen[]>,
): Component {
  return {
    ...component,
    manifests: component.manifests.map((manifest) => {
      const { object } = manifest;
      if (!exempted.has(object) && !unseen.has(object)) return manifest;
      const reasons = [
        ...(exempted.get(object) ?? []).map(({ rule, reason }) => ({
          scanners: hardeningRules.get(rule)?.covers ?? {},
          because: reason,
        })),
        ...(unseen.get(object) ?? []),
      ];
      const annotations = { ...object.metadata.annotations, ...scannerAnnotations(reasons) };
      return { ...manifest, object: { ...object, metadata: { ...object.metadata, annotations } } };
    }),
  };
}

function findingOf({ id, fix }: Rule, { object, at, problem }: Violation): Finding {
  const { namespace } = object.metadata;
  const place = `${namespace === undefined ? "" : `${namespace}: `}${describeObject(object)}`;
  return { rule: id, place: at === undefined ? place : `${place}: ${at}`, problem, fix };
}

/**
 * Exemptions that nothing needs any more. One from digests may wait: the pipeline pins an image without touching code,
 * and its next run must not fail for that.
 */
function idleExemptions(
  { name, exemptions = [] }: Component,
  used: ReadonlySet<Exemption>,
  applies: (rule: Rule) => boolean,
): Finding[] {
  return exemptions
    .filter((exemption) => !used.has(exemption) && exemption.rule !== "images/digest")
    .flatMap(({ rule: id }) => {
      const rule = hardeningRules.get(id);
      if (rule !== undefined && !applies(rule)) return [];
      return [
        {
          rule: "exemptions/unused",
          place: `component ${name}`,
          problem: `is exempt from ${id}, which ${rule === undefined ? "is no rule" : "it keeps"}.`,
          fix: "Remove the exemption.",
        },
      ];
    });
}
