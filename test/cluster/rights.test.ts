import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { localCluster } from "../../local/up.ts";
import { environmentNames } from "../../stacks/environment.ts";
import { environments } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import type { ApiClient } from "../support/api-client.ts";
import { apiClient } from "../support/api-client.ts";
import { committed } from "../support/environments.ts";
import type { Account, Question } from "../support/rights.ts";
import {
  declaredRights,
  heldRights,
  line,
  mayDo,
  namedRights,
  offeredResources,
  rightsOfEverybody,
} from "../support/rights.ts";
import { dangerous, openPaths, rights } from "../support/rights-table.ts";
import { admin } from "../support/server.ts";

const rendered: Account[] = [
  ...committed.flatMap(({ environment }) => objectsOf(platform(environment))),
  ...objectsOf(loadCluster(localCluster, root)),
]
  .filter(({ kind }) => kind === "ServiceAccount")
  .map(({ metadata: { namespace = "", name } }) => ({ namespace, name }));

let api: ApiClient;
let namespaces: string[] = [];
/** Those of the render, and the one that a pod gets in each namespace when it names none. */
let accounts: Account[] = [];
/** Lines that the table lets any of them do. */
let known = new Set<string>();

beforeAll(async () => {
  api = apiClient(admin);
  const { items } = await api.get<{ items: { metadata: { name: string } }[] }>("/api/v1/namespaces");
  namespaces = items.map(({ metadata }) => metadata.name);
  const ours = namespaces.filter((namespace) => namespace.startsWith("suoke-"));
  accounts = [...rendered, ...ours.map((namespace) => ({ namespace, name: "default" }))];
  known = new Set([...declared, ...accounts.flatMap((account) => [...rightsOfEverybody(account)])]);
});
afterAll(() => api.close());

const declared = declaredRights();
/** What the table says to a question. */
function isDeclared(question: Question): boolean {
  const { name: _, ...nameless } = question;
  return [question, nameless].some((each) =>
    [question.in, "everywhere"].some((where) => known.has(line({ ...each, in: where }))),
  );
}

/** Questions to which the server and the table say different things. */
async function disagreements(questions: readonly Question[]): Promise<string[]> {
  const answers = await Promise.all(
    questions.map(async (question) => {
      const [allowed, expected] = [await mayDo(api, question), isDeclared(question)];
      return allowed === expected ? [] : [`${allowed ? "may, and should not" : "may not"}: ${line(question)}`];
    }),
  );
  return answers.flat();
}

describe("the rights of every ServiceAccount", () => {
  it("are in the API server's own account of them exactly those of the table", async () => {
    const held = await Promise.all(
      accounts.map(async (account) => {
        const { lines } = await heldRights(api, account, namespaces);
        const common = rightsOfEverybody(account);
        return [...lines].filter((each) => !common.has(each));
      }),
    );
    const found = new Set(held.flat());
    expect({
      unexpected: [...found].filter((each) => !declared.has(each)),
      missing: [...declared].filter((each) => !found.has(each)),
    }).toEqual({ unexpected: [], missing: [] });
  });

  it("reach no path of the server beyond discovery, versions and health", async () => {
    const held = await Promise.all(accounts.map((account) => heldRights(api, account, namespaces)));
    expect([...new Set(held.flatMap(({ paths }) => [...paths]))].sort()).toEqual([...openPaths].sort());
  });

  it("are no more where something dangerous is asked of any of them, in any namespace", async () => {
    const places = [
      ...namespaces.map((namespace) => [namespace, dangerous.inEachNamespace] as const),
      ["everywhere", dangerous.everywhere] as const,
    ];
    const questions = accounts.flatMap((account) =>
      places.flatMap(([where, deeds]) =>
        deeds.map((deed) => {
          const [verb = "", resource = ""] = deed.split(" ");
          return { account, verb, resource, in: where };
        }),
      ),
    );
    expect(await disagreements(questions)).toEqual([]);
  });

  it("are for the objects that are named, and for no others", async () => {
    const questions = namedRights().flatMap((question) => [question, { ...question, name: "of-somebody-else" }]);
    expect(await disagreements(questions)).toEqual([]);
  });

  it.each(environmentNames)(
    "in %s are those of the table for every verb of every resource that the server offers",
    async (environment) => {
      const { namespace } = environments[environment];
      const offered = await offeredResources(api);
      const others = environmentNames.filter((each) => each !== environment);
      const near = accounts.filter((account) =>
        // What belongs to another environment is asked for there; that it may do nothing here, among what is dangerous above.
        others.every((other) => ![account.namespace, account.name].some((each) => each.endsWith(`-${other}`))),
      );
      const questions = near.flatMap((account) =>
        offered.flatMap(({ resource, namespaced, verbs }) =>
          verbs.map((verb) => ({ account, verb, resource, in: namespaced ? namespace : "everywhere" })),
        ),
      );
      expect(near.some((account) => account.namespace === namespace)).toBe(true);
      expect(questions.length).toBeGreaterThan(20_000);
      expect(await disagreements(questions)).toEqual([]);
    },
  );

  it("are of accounts that exist", () => {
    const existing = new Set(rendered.map(({ namespace, name }) => `${namespace}/${name}`));
    const named = rights.flatMap(({ account, environments = ["dev", "staging", "prod"] }) =>
      environments.map((environment) => account.replaceAll("<env>", environment)),
    );
    expect(named.filter((account) => !existing.has(account))).toEqual([]);
  });
});
