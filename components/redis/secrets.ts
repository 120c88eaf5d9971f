import type { SecretKey } from "../../kubernetes/handles.ts";
import type { Manifest } from "../../kubernetes/manifest.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { SecretExpression } from "../../kubernetes/secrets.ts";
import { secretLines, secretText } from "../../kubernetes/secrets.ts";
import { sentinelAcl, serverAcl } from "./acl.ts";
import type { InternalUser } from "./credentials.ts";
import { internalKeyring, serviceCredential } from "./credentials.ts";
import type { Redis } from "./redis.ts";
import type { Installation, Layout } from "./layout.ts";
import { metadataOf, redisPort } from "./layout.ts";

/** The Secret that only servers read, by file: everybody's passwords, and how a replica logs in at its primary. */
export function serverSecret(installation: Installation): Record<"users.acl" | "replication.conf", SecretExpression> {
  const { current } = internalKeyring(installation.name, "replication", installation.rotations);
  return {
    "users.acl": serverAcl(installation),
    "replication.conf": secretLines(["masteruser replication", secretText`masterauth ${current}`]),
  };
}

/** The Secret that only Sentinels read: their users, and how they log in at servers and at each other. */
export function sentinelSecret(installation: Installation): Record<"users.acl" | "auth.conf", SecretExpression> {
  const { name, rotations } = installation;
  const { current } = internalKeyring(name, "sentinel", rotations);
  return {
    "users.acl": sentinelAcl(installation),
    "auth.conf": secretLines([
      `sentinel auth-user ${name} sentinel`,
      secretText`sentinel auth-pass ${name} ${current}`,
      "sentinel sentinel-user sentinel",
      secretText`sentinel sentinel-pass ${current}`,
    ]),
  };
}

/** The Secrets with the files that servers, and Sentinels, read their users from. */
export const serverSecretName = (name: string): string => `${name}-server`;
export const sentinelSecretName = (name: string): string => `${name}-sentinel`;

/** Password of one of the installation's own users, for pods that need one and no more. */
export function internalPassword({ name, rotations }: Installation, user: InternalUser): SecretKey {
  const { current } = internalKeyring(name, user, rotations);
  return { component: name, secret: `${name}-internal`, key: user, value: current };
}

/** A service's URL. Its user is the one whose turn it is. */
export function serviceUrl({ name, rotations }: Installation, service: string): SecretKey {
  const { current } = serviceCredential(name, service, rotations);
  return {
    component: name,
    secret: `${name}-secret`,
    key: `${service}-url`,
    value: secretText`redis://${current.name}:${current.password}@${name}:${redisPort}/0`,
  };
}

/** The same user and password apart. */
export function serviceLogin({ name, rotations }: Installation, service: string): ReturnType<Redis["login"]> {
  const { current } = serviceCredential(name, service, rotations);
  return { username: current.name, password: current.password };
}

/** All Secrets of an installation. */
export function secretManifests(installation: Installation, { sentinels }: Layout): Manifest[] {
  const { name, namespace, clients, durable } = installation;
  const { labels } = metadataOf(installation, name);
  const secret = (secretName: string, values: Readonly<Record<string, SecretExpression>>): Manifest =>
    secretManifest({ name: secretName, namespace, labels, values });
  const used: readonly InternalUser[] = [
    "exporter",
    "health",
    "keeper",
    ...(sentinels.length === 0 ? [] : (["handover"] as const)),
    ...(durable === undefined ? [] : (["retention"] as const)),
  ];
  const keys = (list: readonly SecretKey[]): Record<string, SecretExpression> =>
    Object.fromEntries(list.map(({ key, value }) => [key, value]));
  return [
    secret(serverSecretName(name), serverSecret(installation)),
    ...(sentinels.length === 0 ? [] : [secret(sentinelSecretName(name), sentinelSecret(installation))]),
    secret(`${name}-internal`, keys(used.map((user) => internalPassword(installation, user)))),
    ...(clients.length === 0
      ? []
      : [secret(`${name}-secret`, keys(clients.map(({ service }) => serviceUrl(installation, service))))]),
  ];
}
