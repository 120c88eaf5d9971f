import * as z from "zod";

/** What a definition is of; all are namespaced. */
export interface Names {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
}

type Schema = Record<string, unknown>;

/** A definition around the schema of a spec, with a status that controllers may write as they like. */
export function definition(names: Names, spec: Schema): object {
  return definitionOf(names, { spec }, ["spec"]);
}

/** The same for a kind that has its fields beside `metadata`. */
export function definitionOf(
  { group, version, kind, plural }: Names,
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
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
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
