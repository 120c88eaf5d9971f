import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import { egressRule, ingressRule } from "../../kubernetes/network.ts";
import type { MicroserviceArgs } from "./args.ts";

/** Both directions in one policy: what is not listed is denied, for every track of the service. */
export function networkPolicy(
  { service, ingress, egress }: MicroserviceArgs,
  metadata: Metadata,
): ObjectOf<"NetworkPolicy"> {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata,
    spec: {
      podSelector: { matchLabels: { app: service.name } },
      policyTypes: ["Ingress", "Egress"],
      ingress: ingress.map(ingressRule),
      egress: egress.map(egressRule),
    },
  };
}
