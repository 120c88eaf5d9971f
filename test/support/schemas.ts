import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiClient } from "./api-client.ts";

type Json = Readonly<Record<string, unknown>>;

interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** Where the schema of a kind is, as kubeconform fills it in. For kinds without a group it writes the version in its place. */
export const schemaLocation = "{{.Group}}/{{.ResourceAPIVersion}}/{{.ResourceKind}}.json";

/**
 * Writes the schema of every kind that an API server knows, as it describes them itself, kinds of CRDs among them. Objects may
 * have no fields beyond those described.
 * @returns how many there are
 */
export async function exportSchemas(api: ApiClient, folder: string): Promise<number> {
  const { paths } = await api.get<{ paths: Record<string, { serverRelativeURL: string }> }>("/openapi/v3");
  const versions = Object.entries(paths).filter(([path]) => /^apis?\/.*v[0-9]/.test(path));
  const written = await Promise.all(
    versions.map(async ([, { serverRelativeURL }]) => {
      const { components } = await api.get<OpenApi>(serverRelativeURL);
      const schemas = Object.fromEntries(
        Object.entries(components.schemas).map(([name, schema]) => [name, closed(schema) as Json]),
      );
      const kinds = Object.entries(schemas).flatMap(([name, schema]) =>
        ((schema["x-kubernetes-group-version-kind"] as readonly Kind[] | undefined) ?? []).map((kind) => ({
          kind,
          name,
        })),
      );
      for (const { kind, name } of kinds) writeSchema(folder, kind, name, schemas);
      return kinds.length;
    }),
  );
  return written.reduce((sum, count) => sum + count, 0);
}

function writeSchema(
  folder: string,
  { group, version, kind }: Kind,
  name: string,
  schemas: Readonly<Record<string, Json>>,
): void {
  const place = join(folder, group === "" ? version : group, version);
  mkdirSync(place, { recursive: true });
  const needed = reachable(name, schemas);
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    $ref: `${prefix}${name}`,
    components: { schemas: Object.fromEntries([...needed].map((each) => [each, schemas[each]])) },
  };
  writeFileSync(join(place, `${kind.toLowerCase()}.json`), JSON.stringify(schema));
}

const prefix = "#/components/schemas/";

/** A schema and all that it refers to. */
function reachable(name: string, schemas: Readonly<Record<string, Json>>, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const text = JSON.stringify(schemas[name] ?? {});
  for (const [, other = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) reachable(other, schemas, found);
  return found;
}

/** A schema that allows only the fields it describes, and null where OpenAPI says so in its own way. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, ...fields } = schema as Json;
  const inner = Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      key === "properties"
        ? Object.fromEntries(Object.entries(value as Json).map(([name, each]) => [name, closed(each)]))
        : closed(value),
    ]),
  );
  const described = "properties" in inner && !("additionalProperties" in inner);
  const kept =
    inner["x-kubernetes-preserve-unknown-fields"] === true || inner["x-kubernetes-embedded-resource"] === true;
  return {
    ...inner,
    ...(described && !kept ? { additionalProperties: false } : {}),
    ...(nullable === true && typeof inner["type"] === "string" ? { type: [inner["type"], "null"] } : {}),
  };
}
