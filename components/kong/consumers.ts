import { json } from "../../kubernetes/secrets.ts";
import type { KubernetesObject, Manifest, Metadata } from "../../kubernetes/manifest.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { KongArgs } from "./data.ts";
import { edgeSecretLabel } from "./names.ts";

/** The limiter's password for the store that counts; plugins name it. */
export const limitSecret = { name: "kong-limit-store", key: "password" } as const;

/** Who may call: users with a token of one of the issuers. Each issuer is one consumer, whose credential is its public key. */
export function consumers(
  { issuers, gatewayClass, limitStore }: KongArgs,
  meta: (name: string) => Metadata,
): Manifest[] {
  const secret = (name: string, extra: Readonly<Record<string, string>>): Metadata => {
    const metadata = meta(name);
    return { ...metadata, labels: { ...metadata.labels, [edgeSecretLabel]: "true", ...extra } };
  };
  const { labels, namespace = "" } = secret(limitSecret.name, {});
  const objects = issuers.flatMap(({ issuer, publicKey }, index): KubernetesObject[] => {
    const name = `kong-issuer-${index + 1}`;
    return [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: secret(name, { "konghq.com/credential": "jwt" }),
        type: "Opaque",
        // Public: a Secret is merely where the controller looks for credentials.
        stringData: { key: issuer, algorithm: "RS256", rsa_public_key: publicKey },
      },
      {
        apiVersion: "configuration.konghq.com/v1",
        kind: "KongConsumer",
        metadata: { ...meta(name), annotations: { "kubernetes.io/ingress.class": gatewayClass } },
        username: `users-of-${issuer}`,
        credentials: [name],
      },
    ];
  });
  return [
    // The value is JSON, as it becomes part of the plugin's configuration.
    secretManifest({
      name: limitSecret.name,
      namespace,
      labels,
      values: { [limitSecret.key]: json(limitStore.password) },
    }),
    ...objects.map((object) => ({ object })),
  ];
}
