import { pluginConfigs } from "../components/kong/plugin-configs.ts";
import { consumerFields, kongGroup, pluginFields, upstreamPolicySpec } from "../components/kong/resources.ts";
import { definition, definitionOf, structuralSchema } from "./crd.ts";

type Schema = Record<string, unknown>;

/** Definitions of Kong's kinds, from the schemas that are their types. */
export function kongDefinitions(): readonly object[] {
  const names = (kind: string, version: string) => ({
    group: kongGroup,
    version,
    kind,
    plural: kind === "KongUpstreamPolicy" ? "kongupstreampolicies" : `${kind.toLowerCase()}s`,
  });
  const plugin = fieldsOf(structuralSchema(pluginFields));
  const consumer = fieldsOf(structuralSchema(consumerFields));
  return [
    definitionOf(
      names("KongPlugin", "v1"),
      { ...plugin.properties, config: { type: "object", properties: configProperties() } },
      plugin.required,
    ),
    definitionOf(names("KongConsumer", "v1"), consumer.properties, consumer.required),
    definition(names("KongUpstreamPolicy", "v1beta1"), structuralSchema(upstreamPolicySpec)),
  ];
}

/** Fields of all plugins together: which of them belong to which plugin, the API server cannot tell. */
function configProperties(): Record<string, Schema> {
  const merged: Record<string, Schema> = {};
  for (const schema of Object.values(pluginConfigs)) {
    for (const [name, field] of Object.entries(fieldsOf(structuralSchema(schema)).properties)) {
      const known = merged[name];
      const same = known === undefined || JSON.stringify(known) === JSON.stringify(field);
      merged[name] = same ? field : { "x-kubernetes-preserve-unknown-fields": true };
    }
  }
  return merged;
}

function fieldsOf(schema: Schema): { readonly properties: Record<string, Schema>; readonly required: string[] } {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, Schema>; required?: string[] };
  return { properties, required };
}
