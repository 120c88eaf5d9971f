import type { ApiClient } from "./api-client.ts";
import type { Right } from "./rights-table.ts";
import { everybody, rights } from "./rights-table.ts";

/** A ServiceAccount. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** One question: may the account do this there? */
export interface Question {
  readonly account: Account;
  readonly verb: string;
  /** `pods/exec`, `deployments.apps`, `httproutes/status.gateway.networking.k8s.io` */
  readonly resource: string;
  /** A namespace, or `everywhere`. */
  readonly in: string;
  readonly name?: string;
}

/** A resource that the server offers. */
export interface Offered {
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

const environments = ["dev", "staging", "prod"];
const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

/** A question as a line of the matrix. */
export function line({ account, verb, resource, in: where, name }: Question): string {
  return `${account.namespace}/${account.name}: ${verb} ${resource}${name === undefined ? "" : ` ${name}`} in ${where}`;
}

/** The declared matrix, a line for each right. */
export function declaredRights(): Set<string> {
  return new Set(rights.flatMap(expanded).map(line));
}

/** What everybody may do, for one account. */
export function rightsOfEverybody(account: Account): Set<string> {
  return new Set(everybody.flatMap((right) => questionsOf({ ...right, account: "" }, account)).map(line));
}

/** Declared rights that are for objects of some names only. */
export function namedRights(): Question[] {
  return rights.flatMap(expanded).filter(({ name }) => name !== undefined);
}

function expanded(right: Right): Question[] {
  return environments
    .filter((environment) => right.environments?.includes(environment) ?? true)
    .flatMap((environment) => {
      const filled = JSON.parse(JSON.stringify(right).replaceAll("<env>", environment)) as Right;
      const [namespace = "", name = ""] = filled.account.split("/");
      return questionsOf(filled, { namespace, name });
    });
}

function questionsOf({ verbs, resources, names, in: where }: Right, account: Account): Question[] {
  return words(verbs).flatMap((verb) =>
    words(resources).flatMap((resource) =>
      names === undefined
        ? [{ account, verb, resource, in: where }]
        : words(names).map((name) => ({ account, verb, resource, in: where, name })),
    ),
  );
}

interface Rules {
  readonly status: {
    readonly incomplete: boolean;
    readonly evaluationError?: string;
    readonly resourceRules: readonly {
      readonly verbs: readonly string[];
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
      readonly resourceNames?: readonly string[];
    }[];
    readonly nonResourceRules: readonly {
      readonly verbs: readonly string[];
      readonly nonResourceURLs: readonly string[];
    }[];
  };
}

/** Everything that the server's own account of an identity's rights holds: lines of the matrix, and paths. */
export async function heldRights(
  api: ApiClient,
  account: Account,
  namespaces: readonly string[],
): Promise<{ readonly lines: ReadonlySet<string>; readonly paths: ReadonlySet<string> }> {
  const paths = new Set<string>();
  const places = new Map<string, string[]>();
  const note = (question: Question): void => {
    const key = line({ ...question, in: "" });
    places.set(key, [...(places.get(key) ?? []), question.in]);
  };
  await Promise.all(
    namespaces.map(async (namespace) => {
      const { status } = await api.post<Rules>(
        "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
        { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } },
        userName(account),
      );
      if (status.incomplete || status.evaluationError !== undefined)
        throw new Error(`The server could not say what ${userName(account)} may do: ${status.evaluationError ?? ""}`);
      for (const { verbs, apiGroups, resources, resourceNames } of status.resourceRules)
        for (const verb of verbs)
          for (const group of apiGroups)
            for (const resource of resources)
              for (const name of resourceNames ?? [undefined])
                note({
                  account,
                  verb,
                  resource: group === "" ? resource : `${resource}.${group}`,
                  in: namespace,
                  ...(name === undefined ? {} : { name }),
                });
      for (const { verbs, nonResourceURLs } of status.nonResourceRules)
        for (const verb of verbs) for (const url of nonResourceURLs) paths.add(verb === "get" ? url : `${verb} ${url}`);
    }),
  );
  // What holds in every namespace, objects without one among it, comes from a binding of the cluster.
  const lines = [...places].flatMap(([key, found]) => {
    const unique = [...new Set(found)];
    return unique.length === namespaces.length ? [`${key}everywhere`] : unique.map((namespace) => `${key}${namespace}`);
  });
  return { lines: new Set(lines), paths };
}

/** Whether the server lets an account do something. */
export async function mayDo(api: ApiClient, { account, verb, resource, in: where, name }: Question): Promise<boolean> {
  const { kind, group, subresource } = partsOf(resource);
  const { status } = await api.post<{ status: { allowed: boolean } }>(
    "/apis/authorization.k8s.io/v1/subjectaccessreviews",
    {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user: userName(account),
        groups: ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`, "system:authenticated"],
        resourceAttributes: {
          verb,
          group,
          resource: kind,
          subresource,
          ...(where === "everywhere" ? {} : { namespace: where }),
          ...(name === undefined ? {} : { name }),
        },
      },
    },
  );
  return status.allowed;
}

/** Everything that the server offers, subresources among it. */
export async function offeredResources(api: ApiClient): Promise<Offered[]> {
  const { groups } = await api.get<{ groups: { versions: { groupVersion: string }[] }[] }>("/apis");
  const versions = ["v1", ...groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion))];
  const found = new Map<string, { namespaced: boolean; verbs: Set<string> }>();
  for (const version of versions) {
    const { resources } = await api.get<{ resources: { name: string; namespaced: boolean; verbs: string[] }[] }>(
      version === "v1" ? "/api/v1" : `/apis/${version}`,
    );
    const group = version.includes("/") ? `.${version.split("/")[0] ?? ""}` : "";
    for (const { name, namespaced, verbs } of resources) {
      const known = found.get(name + group) ?? { namespaced, verbs: new Set() };
      for (const verb of verbs) known.verbs.add(verb);
      found.set(name + group, known);
    }
  }
  return [...found].map(([resource, { namespaced, verbs }]) => ({ resource, namespaced, verbs: [...verbs] }));
}

function userName({ namespace, name }: Account): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** `httproutes/status.gateway.networking.k8s.io` in its parts. */
function partsOf(resource: string): { kind: string; group: string; subresource: string } {
  const dot = resource.indexOf(".");
  const [path, group] = dot < 0 ? [resource, ""] : [resource.slice(0, dot), resource.slice(dot + 1)];
  const [kind = "", subresource = ""] = path.split("/");
  return { kind, group: resource === "*" ? "*" : group, subresource };
}
