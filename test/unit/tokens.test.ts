import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { KongPlugin } from "../../components/kong/resources.ts";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { built, environmentOf } from "../support/environments.ts";
import { match } from "../support/matcher.ts";

// Tokens that are really signed, against the keys, plugins and routes that are rendered: what Kong's plugin jwt does with
// them by its documentation (https://docs.konghq.com/hub/kong-inc/jwt/) is written down here in the fewest lines.

const issuer = "https://issuer.example.com";
const next = "https://issuer.example.com/2027";
const pair = () =>
  generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
const [ours, newer] = [pair(), pair()];

const prod = environmentOf("prod");
const tokens = [
  { issuer, publicKey: ours.publicKey },
  { issuer: next, publicKey: newer.publicKey },
];
const objects = objectsOf(built({ ...prod, settings: { ...prod.settings, tokens } }));
const host = prod.settings.domain;

type Claims = Readonly<Record<string, string | number>>;
const now = 1_800_000_000;
const good: Claims = { iss: issuer, sub: "user-1", exp: now + 60 };

/** A token as an issuer writes it. */
function token(claims: Claims, key = ours.privateKey, alg = "RS256"): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${encode({ alg, typ: "JWT" })}.${encode(claims)}`;
  const signature = alg === "RS256" ? sign("sha256", Buffer.from(signed), key).toString("base64url") : "";
  return `${signed}.${signature}`;
}

interface Request {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The status that the entry answers with itself, or the Service that the request goes to. */
function entry({ method, path, headers = {} }: Request): number | string {
  const url = new URL(path, `https://${host}`);
  const routes = objects.filter((object): object is ObjectOf<"HTTPRoute"> => object.kind === "HTTPRoute");
  const [found] = match(routes, { host, method, path: url.pathname });
  if (found === undefined) return 404;
  const named = (found.rule.filters ?? []).flatMap(({ extensionRef }) =>
    extensionRef === undefined ? [] : [extensionRef.name],
  );
  const jwt = objects.find(
    (object): object is KubernetesObject & KongPlugin =>
      object.kind === "KongPlugin" && named.includes(object.metadata.name) && object.plugin === "jwt",
  );
  if (jwt !== undefined && !accepts(jwt, url, headers)) return 401;
  return found.rule.backendRefs?.[0]?.name ?? "nowhere";
}

function accepts({ config }: KongPlugin, url: URL, headers: Readonly<Record<string, string>>): boolean {
  const { key_claim_name, claims_to_verify, header_names, uri_param_names } = config as {
    key_claim_name: string;
    claims_to_verify: readonly string[];
    header_names: readonly string[];
    uri_param_names: readonly string[];
  };
  const given = [
    ...header_names.map((name) => headers[name]?.replace(/^Bearer /, "")),
    ...uri_param_names.map((name) => url.searchParams.get(name) ?? undefined),
  ].find((each) => each !== undefined && each !== "");
  const [head = "", body = "", signature = ""] = given?.split(".") ?? [];
  if (given === undefined) return false;
  const read = (part: string): Claims => JSON.parse(Buffer.from(part, "base64url").toString()) as Claims;
  const claims = read(body);
  const credential = objects.find(
    (object): object is ObjectOf<"Secret"> =>
      object.kind === "Secret" &&
      object.metadata.labels["konghq.com/credential"] === "jwt" &&
      object.stringData["key"] === claims[key_claim_name],
  )?.stringData as Readonly<Record<string, string>> | undefined;
  if (credential === undefined || read(head)["alg"] !== credential["algorithm"]) return false;
  if (claims_to_verify.includes("exp") && !(Number(claims["exp"]) > now)) return false;
  const key = credential["rsa_public_key"] ?? "";
  return verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"));
}

const bearer = (value: string): Pick<Request, "headers"> => ({ headers: { authorization: `Bearer ${value}` } });
const analyze = { method: "POST", path: "/api/v1/ai/xiaoai" };

describe("a request with a token", () => {
  it.each([
    ["of the issuer passes", { ...analyze, ...bearer(token(good)) }, "suoke-life-gateway"],
    [
      "of the second issuer passes, while a key is replaced",
      { ...analyze, ...bearer(token({ ...good, iss: next }, newer.privateKey)) },
      "suoke-life-gateway",
    ],
    ["that is missing does not", analyze, 401],
    ["that has expired does not", { ...analyze, ...bearer(token({ ...good, exp: now - 1 })) }, 401],
    ["that never expires does not", { ...analyze, ...bearer(token({ iss: issuer, sub: "user-1" })) }, 401],
    [
      "that one issuer has signed for the other does not",
      { ...analyze, ...bearer(token({ ...good, iss: next })) },
      401,
    ],
    [
      "of an issuer that nobody knows does not",
      { ...analyze, ...bearer(token({ ...good, iss: "https://elsewhere" })) },
      401,
    ],
    ["without a signature does not", { ...analyze, ...bearer(token(good, ours.privateKey, "none")) }, 401],
    [
      "signed with the public key as a password does not",
      { ...analyze, ...bearer(token(good, ours.privateKey, "HS256")) },
      401,
    ],
    ["in the address does not", { ...analyze, path: `${analyze.path}?jwt=${token(good)}` }, 401],
    ["in a cookie does not", { ...analyze, headers: { cookie: `jwt=${token(good)}` } }, 401],
  ] as const)("%s", (_, request, expected) => {
    expect(entry(request)).toBe(expected);
  });

  it("is not needed for what is open, and gets nobody to what is not there", () => {
    expect(entry({ method: "POST", path: "/api/v1/auth/login" })).toBe("suoke-life-gateway");
    expect(entry({ method: "GET", path: "/health" })).toBe("suoke-life-gateway");
    expect(entry({ method: "GET", path: "/api/v1/auth/login" })).toBe(401);
    expect(entry({ method: "GET", path: "/admin", ...bearer(token(good)) })).toBe(404);
  });
});
