import * as z from "zod";
import { risks } from "./risk.ts";

/** The form of `./suoke diff --format json`. Readers may rely on it: a field is never renamed within a version. */
export const reportVersion = 1;

const risk = z.enum(risks).describe("What it can do, from data-loss, the worst, to safe");

const field = z.strictObject({
  path: z.string().describe('Place in the object: spec.replicas, metadata.labels["a.b/c"], containers[name].image'),
  operation: z.enum(["add", "remove", "replace", "order"]),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  lines: z
    .array(z.string())
    .optional()
    .describe("Of texts of several lines, instead of before and after: as in a unified diff"),
  risk,
  rules: z.array(z.string()).describe("Rules that are about this place"),
  follows: z
    .enum(["image", "content"])
    .optional()
    .describe("It changes because an image, or the content of something else, does"),
});

const finding = z.strictObject({
  rule: z.string().describe("Class and name, such as data-loss/claim-deleted"),
  risk,
  reason: z.string(),
  source: z.string().describe("Where Kubernetes, or who else decides, says so"),
  paths: z.array(z.string()).describe("Places that it is about; none for the object as a whole"),
  approved: z.boolean().describe("Whether its class or rule was approved"),
});

const engine = z.strictObject({
  operation: z.string().describe("What Pulumi's preview wants to do: create, update, replace, delete, same, …"),
  reasons: z.array(z.string()).describe("Fields for which it replaces"),
  unknown: z.array(z.string()).describe("Fields whose values are known only when they are applied"),
});

const change = z.strictObject({
  id: z.string().describe("The same in each report about the same change"),
  component: z.string(),
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  formerName: z.string().optional().describe("When the name carries a hash of the content"),
  operation: z.enum(["create", "update", "replace", "delete"]),
  risk,
  findings: z.array(finding),
  fields: z.array(field),
  engine: engine.optional(),
});

const count = z.int().nonnegative();

const environment = z.strictObject({
  name: z.string(),
  counts: z.strictObject({ create: count, update: count, replace: count, delete: count }),
  risk,
  changes: z.array(change),
  engineOnly: z
    .array(
      z.strictObject({
        urn: z.string(),
        type: z.string(),
        name: z.string(),
        ...engine.shape,
        risk,
        findings: z.array(finding),
      }),
    )
    .describe("Resources that only Pulumi's preview wants to change"),
  notes: z.array(z.string()).describe("What the reader should know about how this was found out"),
});

export const reportSchema = z.strictObject({
  version: z.literal(reportVersion),
  purpose: z
    .enum(["change", "comparison"])
    .describe("A comparison of environments changes nothing, and has no classes"),
  from: z.string(),
  to: z.string(),
  risk,
  failOn: risk.optional(),
  approved: z.array(z.string()).describe("Classes and rules that were approved"),
  passed: z.boolean().describe("False when something at or above failOn was not approved"),
  environments: z.array(environment),
});

export type Report = z.output<typeof reportSchema>;
export type EnvironmentReport = Report["environments"][number];
export type ReportedChange = EnvironmentReport["changes"][number];
export type ReportedField = ReportedChange["fields"][number];
export type ReportedFinding = ReportedChange["findings"][number];
export type EngineOnly = EnvironmentReport["engineOnly"][number];

/** A JSON Schema of the report, for those who read it. */
export function reportJsonSchema(): object {
  return { title: "Report of ./suoke diff --format json", ...z.toJSONSchema(reportSchema) };
}
