import { compare } from "../kubernetes/names.ts";
import { stableJson } from "./compare.ts";
import { stemOf } from "./pair.ts";
import type { EnvironmentReport, Report, ReportedChange, ReportedField, ReportedFinding } from "./report.ts";
import type { Risk } from "./risk.ts";
import { risks, worst } from "./risk.ts";

/** Changes that are the same in several objects, told once. */
export interface Group {
  readonly operation: ReportedChange["operation"];
  readonly kind: string;
  readonly risk: Risk;
  /** The objects, `Deployment auth-service`, in order; without hashes of content. */
  readonly objects: readonly string[];
  /** What they belong to, each once, in order. */
  readonly components: readonly string[];
  readonly findings: readonly ReportedFinding[];
  readonly fields: readonly ReportedField[];
}

/** What stands for an object's own name where several objects are told as one. */
export const ownName = "{name}";

/**
 * Changes told as shortly as possible: an image that is raised in seven services is one line, whatever else changes in some
 * of them. Worst first.
 */
export function foldChanges({ changes }: Pick<EnvironmentReport, "changes">): Group[] {
  const updates = changes.filter(({ operation }) => operation === "update" || operation === "replace");
  const others = changes.filter(({ operation }) => operation === "create" || operation === "delete");
  return [...foldUpdates(updates), ...foldOthers(others)].sort(
    (a, b) =>
      risks.indexOf(a.risk) - risks.indexOf(b.risk) ||
      compare(a.operation, b.operation) ||
      compare(a.kind, b.kind) ||
      compare(a.objects.join(), b.objects.join()),
  );
}

/** Environments in which the same happens, told once. */
export interface Section {
  readonly names: readonly string[];
  readonly groups: readonly Group[];
  readonly engineOnly: EnvironmentReport["engineOnly"];
  readonly notes: readonly string[];
}

/** What there is to tell of a report; environments in which nothing happens are left out. */
export function sectionsOf({ environments }: Pick<Report, "environments">): Section[] {
  const told = environments.map(({ name, changes, engineOnly, notes }) => ({
    name,
    groups: foldChanges({ changes }),
    engineOnly,
    notes,
  }));
  const alike = Map.groupBy(told, ({ groups, engineOnly, notes }) => stableJson([groups, engineOnly, notes]));
  return [...alike.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined || first.groups.length + first.engineOnly.length + first.notes.length === 0) return [];
    return [{ ...first, names: same.map(({ name }) => name) }];
  });
}

/** A field or a finding of some objects. */
interface Part {
  readonly changes: ReportedChange[];
  readonly field?: ReportedField;
  readonly finding?: ReportedFinding;
}

/** Fields are told together when they change in the same objects. */
function foldUpdates(changes: readonly ReportedChange[]): Group[] {
  const parts = new Map<string, Part>();
  for (const change of changes) {
    for (const part of partsOf(change)) {
      const key = `${change.operation} ${change.kind} ${stableJson(normalized(part, change))}`;
      const known = parts.get(key);
      if (known === undefined) parts.set(key, { ...part, changes: [change] });
      else known.changes.push(change);
    }
  }
  const bySet = Map.groupBy(parts.values(), ({ changes: same }) => same.map(({ id }) => id).join());
  return [...bySet.values()].flatMap((together) => {
    const same = together[0]?.changes ?? [];
    const [first] = same;
    if (first === undefined) return [];
    // Shown as they are where there is one object, with its name taken out where there are several.
    const shown = (part: Part): Part => (same.length === 1 ? part : normalized(part, first));
    const fields = together.map(shown).flatMap(({ field }) => field ?? []);
    const own = together.map(shown).flatMap(({ finding }) => finding ?? []);
    // What a mere consequence of the image does, the image does anyway.
    const telling = fields.filter(({ follows }) => follows !== "image");
    const about = first.findings
      .filter(({ rule, paths }) => paths.length > 0 && telling.some(({ rules }) => rules.includes(rule)))
      .map((finding) => shown({ changes: [], finding }).finding ?? finding);
    return [groupOf(first.operation, same, [...own, ...about], fields)];
  });
}

/** A change's fields, and its findings about the object as a whole. */
function partsOf({ fields, findings }: ReportedChange): Omit<Part, "changes">[] {
  return [
    // The next hash in a name says nothing that the content does not.
    ...fields
      .filter(({ path, follows }) => path !== "metadata.name" || follows === undefined)
      .map((field) => ({ field })),
    ...findings.filter(({ paths }) => paths.length === 0).map((finding) => ({ finding })),
  ];
}

/** What is created or deleted is told by component, and once for components that gain or lose the same. */
function foldOthers(changes: readonly ReportedChange[]): Group[] {
  const byComponent = Map.groupBy(changes, ({ operation, component }) => `${operation} ${component}`);
  const alike = Map.groupBy(byComponent.values(), (same) =>
    stableJson(
      same.map((change) => [
        change.operation,
        change.kind,
        withoutName(change.name, change),
        change.findings.map(({ rule }) => rule),
      ]),
    ),
  );
  return [...alike.values()].flatMap((components) => {
    const same = components.flat();
    const [first] = same;
    if (first === undefined) return [];
    const single = components.length === 1;
    const findings = same.flatMap((change) =>
      change.findings
        .filter(({ risk }) => risk !== "safe")
        .map((finding) =>
          single ? { ...finding, paths: [`${change.kind} ${change.name}`] } : normalized({ finding }, change).finding,
        ),
    );
    return [groupOf(first.operation, same, findings, [])];
  });
}

function groupOf(
  operation: Group["operation"],
  changes: readonly ReportedChange[],
  findings: readonly ReportedFinding[],
  fields: readonly ReportedField[],
): Group {
  const unique = Map.groupBy(findings, ({ rule, reason }) => `${rule}\n${reason}`);
  const kinds = [...new Set(changes.map(({ kind }) => kind))];
  const merged = [...unique.values()].flatMap((same) =>
    same[0] === undefined
      ? []
      : [
          {
            ...same[0],
            paths: [...new Set(same.flatMap(({ paths }) => paths))],
            approved: same.every(({ approved }) => approved),
          },
        ],
  );
  return {
    operation,
    kind: kinds.length === 1 ? (kinds[0] ?? "") : "",
    risk: worst([...merged, ...fields].map(({ risk }) => risk)),
    objects: changes.map(({ kind, name }) => `${kind} ${stemOf(name)}`).sort(compare),
    components: [...new Set(changes.map(({ component }) => component))].sort(compare),
    findings: merged.sort((a, b) => risks.indexOf(a.risk) - risks.indexOf(b.risk) || compare(a.rule, b.rule)),
    fields,
  };
}

/** A part without the names that are particular to its object. */
function normalized<P extends { readonly field?: ReportedField; readonly finding?: ReportedFinding }>(
  part: P,
  change: ReportedChange,
): P {
  const text = (value: string): string => withoutName(value, change);
  const value = (one: unknown): unknown => (typeof one === "string" ? text(one) : one);
  const { field, finding } = part;
  return {
    ...part,
    ...(field === undefined
      ? {}
      : {
          field: {
            ...field,
            path: text(field.path),
            // A hash says nothing to people, and is another in each object.
            ...(field.follows === "content" || !("before" in field)
              ? { before: undefined }
              : { before: value(field.before) }),
            ...(field.follows === "content" || !("after" in field)
              ? { after: undefined }
              : { after: value(field.after) }),
            ...(field.lines === undefined ? {} : { lines: field.lines.filter(isChanged).map(text) }),
          },
        }),
    ...(finding === undefined
      ? {}
      : { finding: { ...finding, reason: text(finding.reason), paths: finding.paths.map(text) } }),
  };
}

/** Where and between what a line stands differs from text to text; what happens to it does not. */
function isChanged(line: string): boolean {
  return line.startsWith("+") || line.startsWith("-");
}

function withoutName(text: string, { component, name }: ReportedChange): string {
  const plain = text.replaceAll(component === "" ? stemOf(name) : component, ownName);
  // Hashes of content differ from object to object where the content does so in no more than the name.
  return plain.replace(/-[0-9a-f]{10}\b/g, "-…");
}
