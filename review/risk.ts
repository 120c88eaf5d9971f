import type { Change, ObjectChange, Operation, Path, PlainObject } from "./change.ts";
import type { World } from "./world.ts";

/** What a change can do, from the worst to the least. */
export const risks = [
  "data-loss",
  "replacement",
  "traffic-interruption",
  "security-weakening",
  "restart",
  "safe",
] as const;

export type Risk = (typeof risks)[number];

/** What each class means, for people. */
export const riskMeanings: Readonly<Record<Risk, string>> = {
  "data-loss": "Data that exists nowhere else is deleted or no longer reachable.",
  replacement: "An object cannot be changed in place: it is deleted and created anew, or the change is refused.",
  "traffic-interruption": "Requests, or access that something relies on, may fail.",
  "security-weakening": "Something may do, reach or be reached by more than before.",
  restart: "Pods are stopped, and started anew where they go on, one after another.",
  safe: "Nothing that runs, is stored or is allowed is affected.",
};

/** Whether one class is as bad as another or worse. */
export function atLeast(risk: Risk, limit: Risk): boolean {
  return risks.indexOf(risk) <= risks.indexOf(limit);
}

/** The worst of some classes. */
export function worst(found: readonly Risk[]): Risk {
  return risks.find((risk) => found.includes(risk)) ?? "safe";
}

/** Of a rule: its class and a name. */
export type RuleId = `${Risk}/${string}`;

/** An object that changes, and all that stands around it. */
export interface Subject extends ObjectChange {
  readonly operation: Operation;
  readonly kind: string;
  /** The object as it will be, or as it was when it goes. */
  readonly object: PlainObject;
  readonly world: World;
}

/** One place in it that changes. */
export interface Field {
  readonly change: Change;
  readonly path: Path;
  /** The path without what is particular to the object. */
  readonly shape: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly subject: Subject;
}

interface RuleBase {
  readonly id: RuleId;
  /** Kinds that it is about; all when absent. */
  readonly kinds?: readonly string[];
  /** Where Kubernetes, or who else decides, says so. */
  readonly source: string;
}

/** A rule about places in an object. */
export interface FieldRule extends RuleBase {
  /** Shapes: `*` is one key, `**` anything from there on, `{pod}` the spec of the pods that the object makes. */
  readonly fields: readonly string[];
  readonly operations?: undefined;
  readonly when?: (field: Field) => boolean;
  readonly reason: string | ((field: Field) => string);
}

/** A rule about an object as a whole. */
export interface ObjectRule extends RuleBase {
  readonly operations: readonly Operation[];
  readonly fields?: undefined;
  /** Places that it judges, so that no other rule need know them. */
  readonly covers?: readonly string[];
  readonly when?: (subject: Subject) => boolean;
  readonly reason: string | ((subject: Subject) => string);
}

export type Rule = FieldRule | ObjectRule;

/** What a rule has found. */
export interface RiskFinding {
  readonly rule: RuleId;
  readonly risk: Risk;
  readonly reason: string;
  readonly source: string;
  /** Absent for the object as a whole. */
  readonly path?: Path;
}

/** The class that a rule is of, which its id begins with. @throws for an id of none: a defect of ours */
export function riskOf(rule: RuleId): Risk {
  const risk = risks.find((each) => rule.startsWith(`${each}/`));
  if (risk === undefined) throw new Error(`The rule ${rule} is of no class.`);
  return risk;
}
