import type { ObjectOf } from "../../kubernetes/manifest.ts";

type HttpRoute = ObjectOf<"HTTPRoute">;
type Rule = NonNullable<HttpRoute["spec"]["rules"]>[number];
type Match = NonNullable<Rule["matches"]>[number];

export interface Request {
  readonly host: string;
  readonly method: string;
  readonly path: string;
}

/** Where a request goes. */
export interface Matched {
  readonly route: string;
  readonly rule: Rule;
}

/**
 * What the Gateway API says of a request: the most specific match wins, by path (whole, then by regular expression as Kong
 * ranks it, then the longest prefix) and then by method. https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
 * @returns all rules that share the first place: more than one is a table that leaves it open
 */
export function match(routes: readonly HttpRoute[], { host, method, path }: Request): Matched[] {
  const candidates = routes
    .filter(({ spec }) => (spec.hostnames ?? []).includes(host))
    .flatMap(({ metadata, spec }) =>
      (spec.rules ?? []).flatMap((rule) =>
        (rule.matches ?? []).flatMap((each) =>
          fits(each, method, path) ? [{ route: metadata.name, rule, rank: rankOf(each) }] : [],
        ),
      ),
    )
    .sort((a, b) => compareRanks(b.rank, a.rank));
  const [best] = candidates;
  return best === undefined ? [] : candidates.filter(({ rank }) => compareRanks(rank, best.rank) === 0);
}

function fits(each: Match, method: string, path: string): boolean {
  if (each.method !== undefined && each.method !== method) return false;
  const { type, value = "/" } = each.path ?? {};
  switch (type) {
    case "Exact":
      return path === value;
    case "RegularExpression":
      return new RegExp(`^${value}`).test(path);
    default:
      return path === value || path.startsWith(value.endsWith("/") ? value : `${value}/`);
  }
}

function rankOf({ path, method }: Match): number[] {
  const type = path?.type;
  const kind = type === "Exact" ? 3 : type === "RegularExpression" ? 2 : 1;
  return [kind, path?.value?.length ?? 0, method === undefined ? 0 : 1];
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const different = a.findIndex((value, index) => value !== b[index]);
  return different === -1 ? 0 : (a[different] ?? 0) - (b[different] ?? 0);
}
