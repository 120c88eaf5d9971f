import type { PlainObject } from "./change.ts";
import { isRecord } from "./compare.ts";

/** One thing that a role allows. */
interface Right {
  readonly group: string;
  /** Absent for a path of the API server that is no resource. */
  readonly resource?: string;
  readonly url?: string;
  readonly verb: string;
  /** Absent for objects of any name. */
  readonly name?: string;
}

/** What a role newly allows, as texts such as `delete secrets`. Wildcards cover what they stand for. */
export function newRights(before: PlainObject, after: PlainObject): string[] {
  const was = rightsOf(before);
  const added = rightsOf(after).filter((each) => !was.some((old) => covers(old, each)));
  const verbs = Map.groupBy(added, ({ group, resource, url, name }) =>
    [url ?? (group === "" ? resource : `${resource ?? ""}.${group}`), ...(name === undefined ? [] : [name])].join(" "),
  );
  return [...verbs].map(([what, rights]) => `${rights.map(({ verb }) => verb).join(", ")} ${what}`);
}

function rightsOf(role: PlainObject): Right[] {
  const rules = role["rules"];
  return (Array.isArray(rules) ? rules : []).filter(isRecord).flatMap((rule) => {
    const texts = (field: string): readonly string[] => (Array.isArray(rule[field]) ? (rule[field] as string[]) : []);
    const names = texts("resourceNames").length === 0 ? [{}] : texts("resourceNames").map((name) => ({ name }));
    return texts("verbs").flatMap((verb) => [
      ...texts("nonResourceURLs").map((url) => ({ group: "", url, verb })),
      ...texts("apiGroups").flatMap((group) =>
        texts("resources").flatMap((resource) => names.map((name) => ({ group, resource, verb, ...name }))),
      ),
    ]);
  });
}

/** https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources */
function covers(wide: Right, narrow: Right): boolean {
  const same = (a: string | undefined, b: string | undefined): boolean => a === b || (a === "*" && b !== undefined);
  const url =
    wide.url === narrow.url ||
    (wide.url?.endsWith("*") === true && narrow.url?.startsWith(wide.url.slice(0, -1)) === true);
  return (
    same(wide.verb, narrow.verb) &&
    same(wide.group, narrow.group) &&
    same(wide.resource, narrow.resource) &&
    url &&
    (wide.name === undefined || wide.name === narrow.name)
  );
}
