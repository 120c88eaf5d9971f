import type { KubernetesObject, Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { ManagedEdge } from "./data.ts";
import {
  adminCertificate,
  adminService,
  controllerCertificate,
  edgeSecretLabel,
  kongName,
  publicCertificate,
  webhookCertificate,
  webhookService,
} from "./names.ts";

type CertificateSpec = NonNullable<ObjectOf<"Certificate">["spec"]>;

/** https://letsencrypt.org/docs/acme-protocol-updates/ */
const directories: Readonly<Record<ManagedEdge["certificates"]["authority"], string>> = {
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
  production: "https://acme-v02.api.letsencrypt.org/directory",
};

const internalAuthority = "kong-internal-ca";
const publicAuthority = "acme";

/** Name in Kong's server certificate for the Admin API, which the controller asks for whatever pod it talks to. */
export function adminServerName(namespace: string): string {
  return `${adminService}.${namespace}.svc`;
}

export interface CertificatesArgs {
  readonly namespace: string;
  readonly host: string;
  readonly certificates: ManagedEdge["certificates"];
}

/**
 * The public certificate, from the authority, and those by which proxies and controller know each other, from an authority
 * of the namespace's own. All are renewed by cert-manager; programs read them again by themselves.
 */
export function certificates(
  { namespace, host, certificates: { authority, email } }: CertificatesArgs,
  meta: (name: string) => Metadata,
): KubernetesObject[] {
  return [
    issuer(meta("kong-bootstrap"), { selfSigned: {} }),
    certificate(meta(internalAuthority), {
      secretName: internalAuthority,
      commonName: internalAuthority,
      isCA: true,
      duration: "43800h0m0s",
      renewBefore: "8760h0m0s",
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      issuerRef: { name: "kong-bootstrap", kind: "Issuer", group: "cert-manager.io" },
    }),
    issuer(meta(internalAuthority), { ca: { secretName: internalAuthority } }),
    certificate(meta(adminCertificate), internal(adminCertificate, [adminServerName(namespace)], "server auth")),
    certificate(meta(controllerCertificate), internal(controllerCertificate, ["kong-controller"], "client auth")),
    certificate(
      meta(webhookCertificate),
      internal(webhookCertificate, [`${webhookService}.${namespace}.svc`], "server auth"),
    ),
    issuer(meta(publicAuthority), {
      acme: {
        server: directories[authority],
        email,
        privateKeySecretRef: { name: "acme-account-key" },
        solvers: [
          {
            http01: {
              gatewayHTTPRoute: {
                parentRefs: [
                  { group: "gateway.networking.k8s.io", kind: "Gateway", name: kongName, sectionName: "http" },
                ],
                serviceType: "ClusterIP",
              },
            },
          },
        ],
      },
    }),
    certificate(meta(publicCertificate), {
      secretName: publicCertificate,
      secretTemplate: { labels: { [edgeSecretLabel]: "true" } },
      dnsNames: [host],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      issuerRef: { name: publicAuthority, kind: "Issuer", group: "cert-manager.io" },
    }),
  ];
}

/** A certificate of three months that is renewed a month before its end: a month to notice that renewal fails. */
function internal(
  secretName: string,
  dnsNames: readonly string[],
  usage: "server auth" | "client auth",
): CertificateSpec {
  return {
    secretName,
    dnsNames: [...dnsNames],
    duration: "2160h0m0s",
    renewBefore: "720h0m0s",
    usages: ["digital signature", usage],
    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
    issuerRef: { name: internalAuthority, kind: "Issuer", group: "cert-manager.io" },
  };
}

function issuer(metadata: Metadata, spec: ObjectOf<"Issuer">["spec"]): ObjectOf<"Issuer"> {
  return { apiVersion: "cert-manager.io/v1", kind: "Issuer", metadata, spec };
}

function certificate(metadata: Metadata, spec: CertificateSpec): ObjectOf<"Certificate"> {
  return { apiVersion: "cert-manager.io/v1", kind: "Certificate", metadata, spec };
}
