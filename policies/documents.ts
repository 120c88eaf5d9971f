import type { Json } from "../catalogue/service.ts";
import type { ServiceDocuments } from "../components/consul/documents.ts";
import { documentsLimit, serviceLimit, valueLimit } from "../components/consul/server.ts";
import { isSecret } from "../kubernetes/secrets.ts";
import type { DataFinding, RuleOf } from "./ids.ts";

/** What must not be written into Consul: too large, elsewhere than below the service's own prefix, or secret. */
export function documentFindings(all: readonly ServiceDocuments[]): DataFinding[] {
  return all.flatMap(({ service, documents }) => [
    ...sizeFindings(service, documents),
    ...Object.entries(documents).flatMap(([key, { value }]) => [
      ...keyFindings(service, key),
      ...secretFindings(service, key, value),
    ]),
  ]);
}

function at(service: string, key: string, rule: RuleOf<"documents">, problem: string, fix: string): DataFinding {
  return { rule: `documents/${rule}`, place: `config/${service}/${key}`, problem, fix };
}

function sizeFindings(service: string, documents: ServiceDocuments["documents"]): DataFinding[] {
  const sizes = Object.entries(documents).map(([key, { text }]) => [key, Buffer.byteLength(text)] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0);
  const findings = sizes
    .filter(([, size]) => size > valueLimit)
    .map(([key, size]) =>
      at(
        service,
        key,
        "value-too-large",
        `has ${size} bytes, and Consul takes ${valueLimit} (512 KiB).`,
        "Split it, or keep it in an object store and its address here.",
      ),
    );
  if (total > serviceLimit && findings.length === 0) {
    findings.push(
      at(
        service,
        "",
        "service-too-large",
        `has ${total} bytes in ${sizes.length} documents, which change together: a transaction takes ${serviceLimit} (1 MiB).`,
        "Keep large values in an object store and their addresses here.",
      ),
    );
  }
  if (sizes.length > documentsLimit) {
    findings.push(
      at(
        service,
        "",
        "too-many",
        `has ${sizes.length} documents, and a transaction changes at most ${documentsLimit}.`,
        "Merge some of them.",
      ),
    );
  }
  return findings;
}

/** One path segment, as a file of a ConfigMap as well: `../user-service/database` would be another service's. */
function keyFindings(service: string, key: string): DataFinding[] {
  if (/^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/.test(key)) return [];
  const outside = key.startsWith("/") || key.split("/").includes("..");
  return [
    outside
      ? at(
          service,
          key,
          "outside",
          `is outside of config/${service}/.`,
          "Declare it in the service that it belongs to.",
        )
      : at(service, key, "key", `"${key}" is no key.`, "Use lower-case letters, digits, dots, dashes and underscores."),
  ];
}

/** A reference to a secret, as the platform writes them. */
function isReference(value: { readonly [key: string]: Json }): boolean {
  const { env, secret, key, ...rest } = value;
  return (
    typeof env === "string" && typeof secret === "string" && typeof key === "string" && Object.keys(rest).length === 0
  );
}

/** Everybody who may read the prefix would read it, and so would every snapshot. */
function secretFindings(service: string, key: string, value: Json): DataFinding[] {
  const found: string[] = [];
  const walk = (at: Json, path: string): void => {
    if (isSecret(at)) found.push(`${path} is a secret expression`);
    else if (typeof at === "string") {
      const reason = looksSecret(path, at);
      if (reason !== undefined) found.push(`${path} ${reason}`);
    } else if (typeof at === "object" && at !== null) {
      if (!Array.isArray(at) && isReference(at as { readonly [key: string]: Json })) return;
      for (const [name, child] of Object.entries(at)) walk(child as Json, path === "" ? name : `${path}.${name}`);
    }
  };
  walk(value, "");
  // The value itself stays out of the message, which ends in logs.
  return found.map((reason) =>
    at(
      service,
      key,
      "secret",
      `${reason}.`,
      "Put the value into a Secret, and write { env, secret, key } here: the variable that holds it, and where it comes from.",
    ),
  );
}

const secretNames =
  /(^|[._-])(pass(word|wd|phrase)?|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credentials?)$/i;

const secretValues: readonly (readonly [RegExp, string])[] = [
  [/^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i, "is a URL with a password in it"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "holds a private key"],
  [/\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\./, "is a signed token (JWT)"],
  [/\b(AKIA|ASIA|LTAI)[A-Za-z0-9]{12,}\b/, "is a cloud provider's access key"],
  [
    /\b(gh[pousr]_[A-Za-z0-9]{20,}|glpat-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,})/,
    "is an access token",
  ],
];

/** Why a text is taken for a secret: its name says so, its form does, or it is as random as only keys are. */
function looksSecret(path: string, text: string): string | undefined {
  const form = secretValues.find(([pattern]) => pattern.test(text));
  if (form !== undefined) return form[1];
  const camel = path.replace(/([a-z0-9])([A-Z])/g, "$1_$2");
  if (secretNames.test(camel) && text !== "") return "is named like a secret, and holds a plain value";
  return /^[A-Za-z0-9+/=_-]{32,}$/.test(text) && entropy(text) > 4 ? "is as random as a key" : undefined;
}

/** Bits per character (Shannon). Words have below 3.5, base64 of random bytes from 4.2 on, hexadecimal at most 4. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
