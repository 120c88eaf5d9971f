import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { localFolder, root } from "./paths.ts";

/** A custom resource whose published type stands for its definition. */
export interface StandIn {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Namespaced unless given. */
  readonly scope?: "Cluster";
  /** Package whose `<group>/<version>/<Kind>.d.ts` has the interface `I<Kind>`. */
  readonly package: string;
}

type Schema = Record<string, unknown>;

/**
 * CustomResourceDefinitions for an API server without the operators that bring the real ones, derived from the published
 * types: unknown fields and wrong types are refused as the real ones would, rules between fields are not known. Deriving
 * takes a second, so that the result is kept as long as the packages stay the same.
 */
export async function standInDefinitions(standIns: readonly StandIn[]): Promise<readonly object[]> {
  const files = standIns.map(declarationFile);
  const key = createHash("sha256");
  for (const path of [...files, join(import.meta.dirname, "crd.ts")]) key.update(readFileSync(path));
  const cache = join(localFolder, "cache", `crds-${key.digest("hex").slice(0, 12)}.json`);
  if (existsSync(cache)) return JSON.parse(readFileSync(cache, "utf8")) as object[];
  const { specSchemas } = await import("./crd-types.ts");
  const schemas = specSchemas(standIns.map((standIn, index) => ({ file: files[index] ?? "", kind: standIn.kind })));
  const definitions = standIns.map((standIn, index) => definition(standIn, schemas[index] ?? {}));
  mkdirSync(join(localFolder, "cache"), { recursive: true });
  writeFileSync(cache, JSON.stringify(definitions));
  return definitions;
}

function declarationFile({ package: name, group, version, kind }: StandIn): string {
  return join(root, "node_modules", name, group, version, `${kind}.d.ts`);
}

/** A definition around the schema of a spec, with a status that controllers may write as they like. */
export function definition(names: Omit<StandIn, "package">, spec: Schema): object {
  return definitionOf(names, { spec }, ["spec"]);
}

/** The same for a kind that has its fields beside `metadata`. */
export function definitionOf(
  { group, version, kind, plural, scope }: Omit<StandIn, "package">,
  fields: Readonly<Record<string, Schema>>,
  required: readonly string[],
): object {
  const names = { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() };
  const openAPIV3Schema = {
    type: "object",
    required,
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      ...fields,
      status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // Groups of Kubernetes' own are guarded: a definition there says whether it was reviewed.
      ...(group.endsWith(".k8s.io")
        ? { annotations: { "api-approved.kubernetes.io": "unapproved, a stand-in of the embedded cluster" } }
        : {}),
    },
    spec: {
      group,
      scope: scope ?? "Namespaced",
      names,
      versions: [
        { name: version, served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema } },
      ],
    },
  };
}

/** A schema of ours as the API server takes it: it refuses fields that a schema does not have by itself. */
export function structuralSchema(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, { target: "openapi-3.0", override: structural });
}

function structural({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.properties !== undefined) delete jsonSchema.additionalProperties;
  // The pattern beside it says the same in a way that others know.
  delete jsonSchema.format;
}
