import type { Change, ObjectChange } from "./change.ts";
import { operationOf, shapeOf, subjectOf } from "./change.ts";
import { podTemplates } from "./lists.ts";
import type { Field, FieldRule, ObjectRule, RiskFinding, Rule, Subject } from "./risk.ts";
import { riskOf } from "./risk.ts";
import { fallback, rules } from "./rules.ts";
import type { World } from "./world.ts";

/** What an object's change can do: at least one finding, and for each place that changes at least one that covers it. */
export function classify(change: ObjectChange, world: World): RiskFinding[] {
  const object = subjectOf(change);
  const subject: Subject = { ...change, operation: operationOf(change), kind: object.kind, object, world };
  const { objectRules, fieldRules } = rulesFor(object.kind);
  const hits = objectRules.filter(
    ({ operations, when }) => operations.includes(subject.operation) && (when?.(subject) ?? true),
  );
  const whole = hits.map((rule) => finding(rule, subject));
  const covered = hits.flatMap(({ covers = [] }) => covers.map((cover) => matcher(cover, object.kind)));
  const places = change.changes.flatMap((each) => {
    const field = fieldOf(each, subject);
    const found = fieldRules.filter(({ matches, when }) => matches(field.shape) && (when?.(field) ?? true));
    if (found.length > 0) return found.map((rule) => ({ ...finding(rule, field), path: each.path }));
    if (covered.some((covers) => covers(field.shape))) return [];
    return [{ ...finding(fallback(field), field), path: each.path }];
  });
  const all = [...whole, ...places];
  return all.length > 0 ? all : [finding(fallback(subject), subject)];
}

function fieldOf(change: Change, subject: Subject): Field {
  const shape = shapeOf(change.path);
  const before = "before" in change ? change.before : undefined;
  const after = "after" in change ? change.after : undefined;
  return { change, path: change.path, shape, before, after, subject };
}

/** A finding of a rule; what it is about fits, as the rules were chosen by it. */
function finding<About extends Field | Subject>(
  {
    id,
    reason,
    source,
  }: { readonly id: Rule["id"]; readonly reason: string | ((about: About) => string); readonly source: string },
  about: About,
): RiskFinding {
  return { rule: id, risk: riskOf(id), reason: typeof reason === "string" ? reason : reason(about), source };
}

interface KindRules {
  readonly objectRules: readonly ObjectRule[];
  readonly fieldRules: readonly (FieldRule & { readonly matches: (shape: string) => boolean })[];
}

const byKind = new Map<string, KindRules>();

/** The rules that are about a kind, with their patterns made ready once. */
function rulesFor(kind: string): KindRules {
  const known = byKind.get(kind);
  if (known !== undefined) return known;
  const about = rules.filter(({ kinds }) => kinds?.includes(kind) ?? true);
  const made = {
    objectRules: about.filter((rule): rule is ObjectRule => rule.operations !== undefined),
    fieldRules: about.flatMap((rule) => {
      if (rule.fields === undefined) return [];
      const matchers = rule.fields.map((pattern) => matcher(pattern, kind));
      return [{ ...rule, matches: (shape: string) => matchers.some((matches) => matches(shape)) }];
    }),
  };
  byKind.set(kind, made);
  return made;
}

/** Whether a shape fits a pattern. A pattern about pods fits nothing of a kind that makes none. */
function matcher(pattern: string, kind: string): (shape: string) => boolean {
  if (pattern === "**") return () => true;
  const template = podTemplates[kind];
  if (template === undefined && /\{(pod|template)\}/.test(pattern)) return () => false;
  const placed = pattern.replace("{pod}", "{template}.spec").replace("{template}", template ?? "");
  const source = placed.replace(/\.?\*\*|\*|[.[\]]/g, (token) =>
    token.endsWith("**") ? "(?:$|[.[].*)" : token === "*" ? "[^.[]+" : `\\${token}`,
  );
  const expression = new RegExp(`^${source}$`);
  return (shape) => expression.test(shape);
}
