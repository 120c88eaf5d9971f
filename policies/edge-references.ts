import type { ObjectOf } from "../kubernetes/manifest.ts";
import type { Reference } from "./reference.ts";

type EdgeKind =
  "Certificate" | "Gateway" | "GRPCRoute" | "HTTPRoute" | "Issuer" | "KongConsumer" | "KongPlugin" | "Service";

/** What objects of the public entry name. A route that names a missing plugin is served without it. */
export function edgeReferences(object: ObjectOf<EdgeKind>): Reference[] {
  const annotations = object.metadata.annotations ?? {};
  const named = (annotations["konghq.com/plugins"] ?? "").split(",").filter((name) => name !== "");
  const plugins = named.map((name): Reference => ({ kind: "KongPlugin", name, path: "konghq.com/plugins" }));
  switch (object.kind) {
    case "Certificate": {
      const { name, kind } = object.spec?.issuerRef ?? { name: "" };
      return kind === "Issuer" ? [{ kind: "Issuer", name, path: "spec.issuerRef" }] : [];
    }
    case "Gateway":
      return object.spec.listeners.flatMap(({ name: listener, tls }) =>
        (tls?.certificateRefs ?? []).map(({ name }): Reference => ({
          kind: "Secret",
          name,
          path: `listeners.${listener}`,
        })),
      );
    case "GRPCRoute":
    case "HTTPRoute":
      return [...plugins, ...routeReferences(object)];
    case "Issuer": {
      const name = object.spec.ca?.secretName;
      return name === undefined ? [] : [{ kind: "Secret", name, path: "spec.ca.secretName" }];
    }
    case "KongConsumer":
      return object.credentials.map((name) => ({ kind: "Secret", name, key: "key", path: "credentials" }));
    case "KongPlugin":
      return (object.configPatches ?? []).map(({ path, valueFrom: { secretKeyRef } }) => ({
        kind: "Secret",
        ...secretKeyRef,
        path: `configPatches.${path}`,
      }));
    case "Service": {
      const name = annotations["konghq.com/upstream-policy"];
      return name === undefined ? [] : [{ kind: "KongUpstreamPolicy", name, path: "konghq.com/upstream-policy" }];
    }
  }
}

function routeReferences({ spec }: ObjectOf<"GRPCRoute" | "HTTPRoute">): Reference[] {
  const parents = (spec.parentRefs ?? []).map(({ name }): Reference => ({ kind: "Gateway", name, path: "parentRefs" }));
  const rules = (spec.rules ?? []).flatMap(({ backendRefs, filters }, index) => [
    ...(backendRefs ?? []).map(({ name }): Reference => ({
      kind: "Service",
      name,
      path: `rules.${index}.backendRefs`,
    })),
    ...(filters ?? []).flatMap(({ extensionRef }): Reference[] =>
      extensionRef === undefined
        ? []
        : [{ kind: "KongPlugin", name: extensionRef.name, path: `rules.${index}.filters` }],
    ),
  ]);
  return [...parents, ...rules];
}
