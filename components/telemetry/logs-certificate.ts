import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { logsHost, logsName } from "./names.ts";

/** Secret with the gateways' certificate for log lines. */
export const logsCertificate = "otel-gateway-logs-tls";

const group = "cert-manager.io";

/** A certificate for the way of log lines from nodes, which cert-manager makes and renews. */
export function logsCertificateObjects(namespace: string, meta: (name: string) => Metadata): KubernetesObject[] {
  return [
    { apiVersion: "cert-manager.io/v1", kind: "Issuer", metadata: meta(logsName), spec: { selfSigned: {} } },
    {
      apiVersion: "cert-manager.io/v1",
      kind: "Certificate",
      metadata: meta(logsName),
      spec: {
        secretName: logsCertificate,
        dnsNames: [logsHost(namespace)],
        duration: "2160h0m0s",
        renewBefore: "720h0m0s",
        usages: ["digital signature", "server auth"],
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        issuerRef: { name: logsName, kind: "Issuer", group },
      },
    },
  ];
}
