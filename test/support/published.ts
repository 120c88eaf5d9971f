import { existsSync } from "node:fs";
import { join } from "node:path";
import { pluginConfigs } from "../../components/kong/plugin-configs.ts";
import { consumerFields, pluginFields, upstreamPolicySpec } from "../../components/kong/resources.ts";
import { objectStoreSpec } from "../../components/postgres/object-store.ts";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { canonical } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";

type Kind = Pick<KubernetesObject, "apiVersion" | "kind">;

/** The packages whose folders are named by group and version. */
const packages = [
  "kubernetes-models",
  ...["cert-manager", "cloudnative-pg", "elastic-cloud", "gateway-api"].map((name) => `@kubernetes-models/${name}`),
];

/** Kinds that no package publishes: the schema is ours, written after the reference, and is their type too. */
const schemas: Readonly<Record<string, (fields: Readonly<Record<string, unknown>>) => void>> = {
  "barmancloud.cnpg.io/v1 ObjectStore": ({ spec }) => void objectStoreSpec.parse(spec),
  "configuration.konghq.com/v1 KongConsumer": (fields) => void consumerFields.parse(fields),
  "configuration.konghq.com/v1 KongPlugin": (fields) => {
    const { plugin, config } = pluginFields.parse(fields);
    pluginConfigs[plugin].parse(config);
  },
  "configuration.konghq.com/v1beta1 KongUpstreamPolicy": ({ spec }) => void upstreamPolicySpec.parse(spec),
};

/** Whether our own schema is all there is to check a kind with. */
export function hasOwnSchema({ apiVersion, kind }: Kind): boolean {
  return `${apiVersion} ${kind}` in schemas;
}

/** The file that declares a kind's published type. */
export function declarationFile({ apiVersion, kind }: Kind): string {
  return published({ apiVersion, kind }, "d.ts");
}

function published({ apiVersion, kind }: Kind, ending: string): string {
  const files = packages.map((name) => join(root, "node_modules", name, apiVersion, `${kind}.${ending}`));
  const file = files.find(existsSync);
  if (file === undefined) throw new Error(`There is no published type for ${apiVersion} ${kind}: ${files.join(", ")}.`);
  return file;
}

type Model = new (data: unknown) => { validate(): void };

/** Runs the published, compiled validator of an object's kind, or our schema where there is none. */
export async function validate(object: KubernetesObject): Promise<void> {
  const schema = schemas[`${object.apiVersion} ${object.kind}`];
  if (schema !== undefined) {
    const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...fields } = object;
    schema(fields);
    return;
  }
  const module = (await import(published(object, "js"))) as Record<string, Model>;
  const Class = module[object.kind];
  if (Class === undefined) throw new Error(`No validator for ${object.kind}.`);
  new Class(canonical(object)).validate();
}
