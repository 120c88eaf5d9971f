import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Api } from "../../cli/api.ts";
import { withApi } from "../../cli/api.ts";
import { kubectl, kubectlOutput } from "../../cli/kubectl.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { environmentReport } from "../../review/build.ts";
import type { Placed, PlainObject } from "../../review/change.ts";
import { at, isRecord } from "../../review/compare.ts";
import { listTable } from "../../review/lists.ts";
import type { Risk } from "../../review/risk.ts";
import { refusedByServer } from "../../review/rules/immutable.ts";
import { allDefaults } from "../../review/values.ts";
import { corpus } from "../corpus/corpus.ts";
import * as objects from "../corpus/objects.ts";
import { edited } from "../corpus/pair.ts";
import { admin } from "../support/server.ts";

const placed = (all: readonly PlainObject[]): Placed[] => all.map((object) => ({ component: "web", object }));

/** Pairs with objects of their own: each in a namespace, and with names where there are none. */
const pairs = corpus.map((pair, index) => {
  const found = environmentReport("corpus", placed(pair.before), placed(pair.after));
  const own = (all: readonly PlainObject[]): PlainObject[] => all.map((object) => separated(object, index));
  const findings = found.changes.flatMap((change) => change.findings.map(({ rule }) => rule));
  const risk: Risk = found.risk;
  return { ...pair, before: own(pair.before), after: own(pair.after), findings, risk };
});

function separated(object: PlainObject, index: number): PlainObject {
  const { kind, metadata } = object;
  if (metadata.namespace !== undefined)
    return { ...object, metadata: { ...metadata, namespace: `${metadata.namespace}-${index}` } };
  if (kind !== "CustomResourceDefinition") return edited(object, ["metadata.name", `${metadata.name}-${index}`]);
  const group = `c${index}.corpus.example`;
  return edited(object, ["metadata.name", `widgets.${group}`], ["spec.group", group]);
}

const apply = ["apply", "--server-side", "--force-conflicts", "--field-manager=corpus"];
const yaml = (all: readonly object[]): string => all.map((object) => `---\n${toYaml(object)}`).join("");

/** Kinds that the embedded API server has without any operator's definitions. */
const served = ({ before, after }: { before: readonly PlainObject[]; after: readonly PlainObject[] }): boolean =>
  [...before, ...after].every(
    ({ apiVersion }) =>
      apiVersion !== "apps/v1beta2" && !/cnpg|cert-manager|konghq|gateway|pulumi|example.com/.test(apiVersion),
  );

const immutable = pairs.filter((pair) => served(pair) && pair.findings.some((rule) => refusedByServer.has(rule)));
const safe = pairs.filter((pair) => served(pair) && pair.risk === "safe" && pair.after.length > 0);
const asked = [...immutable, ...safe];
const namespaces = [
  ...new Set(
    asked.flatMap(({ before, after }) => [...before, ...after].flatMap(({ metadata }) => metadata.namespace ?? [])),
  ),
];

const expandable = edited(objects.storageClass, ["metadata.name", "fast"]);
const growing = asked.flatMap(({ rule, before }) => (rule === "safe/claim-grown" ? before : []));
const volumesOfClaims = growing.map(({ metadata: { name, namespace } }) =>
  edited(
    objects.volume,
    ["metadata.name", `volume-of-${namespace ?? ""}`],
    ["spec.storageClassName", "fast"],
    ["spec.claimRef", { namespace, name }],
  ),
);

beforeAll(async () => {
  const spaces = namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  await kubectlOutput(admin, [...apply, "-f", "-"], yaml(spaces));
  await kubectlOutput(admin, [...apply, "-f", "-"], yaml(asked.flatMap(({ before }) => before)));
  // Only a bound claim may grow.
  await kubectlOutput(admin, [...apply, "-f", "-"], yaml([expandable, ...volumesOfClaims]));
  for (const { metadata } of growing) {
    const where = [`pvc/${metadata.name}`, `--namespace=${metadata.namespace ?? ""}`];
    await kubectlOutput(admin, ["wait", "--for=jsonpath={.status.phase}=Bound", ...where, "--timeout=60s"]);
  }
});

afterAll(async () => {
  const shared = asked.flatMap(({ before }) => before).filter(({ metadata }) => metadata.namespace === undefined);
  const spaces = namespaces.map((name) => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } }));
  const all = [...spaces, ...shared, expandable, ...volumesOfClaims];
  await kubectl(admin, ["delete", "--ignore-not-found", "--wait=false", "-f", "-"], yaml(all));
});

const dryRun = (after: readonly PlainObject[]) =>
  kubectl(admin, [...apply, "--dry-run=server", "-f", "-"], yaml(after));

describe("the API server refuses what the table of immutable fields says it does", () => {
  it.each(immutable)("$name", async ({ after }) => {
    const { code, stderr } = await dryRun(after);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/immutable|[Ff]orbidden|cannot change|may not|Invalid value|cannot be/);
  });

  it("has been asked about each rule of which the table says so", () => {
    const tested = new Set(immutable.flatMap(({ findings }) => findings));
    expect([...refusedByServer].filter((rule) => !tested.has(rule as never))).toEqual([]);
  });
});

describe("the API server takes what is safe", () => {
  it.each(safe)("$name", async ({ after }) => {
    const { code, stderr } = await dryRun(after);
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("Error")]);
  });
});

/** Objects that have all that the tables speak of. */
const rich = edited(
  objects.deployment,
  ["spec.template.spec.volumes", volumes()],
  ["spec.template.spec.containers.0.volumeMounts", [{ name: "a", mountPath: "/a" }]],
  ["spec.template.spec.containers.0.env.2", { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }],
  ["spec.template.spec.containers.0.livenessProbe", { httpGet: { path: "/", port: "http" } }],
  ["spec.template.spec.containers.0.startupProbe", { httpGet: { path: "/", port: "http" } }],
);
const withInit = edited(rich, [
  "spec.template.spec.initContainers",
  [{ ...(at(rich, "spec.template.spec.containers") as object[])[0], name: "first", restartPolicy: "Always" }],
]);

function volumes(): object[] {
  return [
    { name: "a", configMap: { name: "a" } },
    { name: "b", secret: { secretName: "b" } },
    { name: "c", projected: { sources: [{ configMap: { name: "c" } }] } },
  ];
}

const examples: Readonly<Record<string, PlainObject>> = {
  CronJob: objects.cronJob,
  Deployment: withInit,
  HorizontalPodAutoscaler: objects.autoscaler,
  PersistentVolumeClaim: objects.claim,
  Service: objects.service,
  StatefulSet: objects.statefulSet,
};

/** A place for each item of a list that has the parent of it, as indexes. */
function placesOf(object: unknown, shape: string): string[] {
  const [head = "", ...rest] = shape.split("[].");
  if (rest.length === 0) {
    const parent = head.split(".").slice(0, -1).join(".");
    return parent === "" || isRecord(at(object, parent)) || head.startsWith("spec.strategy.") ? [head] : [];
  }
  const list = at(object, head);
  return (Array.isArray(list) ? list : []).flatMap((item: unknown, index) =>
    placesOf(item, rest.join("[].")).map((place) => `${head}.${index}.${place}`),
  );
}

describe("the API server fills in what is taken to be the same as nothing", () => {
  const paths: Readonly<Record<string, string>> = {
    CronJob: "/apis/batch/v1/namespaces/default/cronjobs",
    Deployment: "/apis/apps/v1/namespaces/default/deployments",
    HorizontalPodAutoscaler: "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
    PersistentVolumeClaim: "/api/v1/namespaces/default/persistentvolumeclaims",
    Service: "/api/v1/namespaces/default/services",
    StatefulSet: "/apis/apps/v1/namespaces/default/statefulsets",
  };

  async function stored(api: Api, kind: string, object: PlainObject): Promise<unknown> {
    const body = JSON.stringify(edited(object, ["metadata.namespace", "default"]));
    const answer = await api({
      method: "POST",
      path: `${paths[kind] ?? ""}?dryRun=All`,
      type: "application/json",
      body,
    });
    expect(answer.status, JSON.stringify(answer.body).slice(0, 400)).toBe(201);
    const spec = at(answer.body, "spec");
    // The address of a Service is another each time.
    return kind === "Service" && isRecord(spec) ? { ...spec, clusterIP: "", clusterIPs: [] } : spec;
  }

  it.each(Object.keys(examples))("in a %s", async (kind) => {
    const example = examples[kind];
    if (example === undefined) throw new Error(kind);
    // Pods are the same in all kinds that make them.
    const table = Object.entries(allDefaults.get(kind) ?? {}).filter(
      ([shape]) => kind === "Deployment" || !shape.includes("template."),
    );
    const asked: string[] = [];
    await withApi(admin, async (api) => {
      for (const [shape, value] of table) {
        for (const place of placesOf(example, shape)) {
          const [written, absent] = [edited(example, [place, value]), edited(example, [place, undefined])];
          expect([place, await stored(api, kind, written)]).toEqual([place, await stored(api, kind, absent)]);
          asked.push(shape);
        }
      }
    });
    expect(table.map(([shape]) => shape).filter((shape) => !asked.includes(shape))).toEqual([]);
  });
});

describe("lists have the keys that the API server merges them by", () => {
  const documents: Readonly<Record<string, readonly string[]>> = {
    "api/v1": ["PersistentVolumeClaim", "Service", "ServiceAccount"],
    "apis/apps/v1": ["DaemonSet", "Deployment", "StatefulSet"],
    "apis/batch/v1": ["CronJob", "Job"],
    "apis/networking.k8s.io/v1": ["Ingress", "NetworkPolicy"],
  };

  it.each(Object.entries(documents))("of %s", async (path, kinds) => {
    const { body } = await withApi(admin, (api) => api({ method: "GET", path: `/openapi/v3/${path}` }));
    const schemas = at(body, "components.schemas");
    if (!isRecord(schemas)) throw new Error(`There are no schemas in ${path}.`);
    for (const kind of kinds) {
      const name = Object.keys(schemas).find((each) => each.endsWith(`.${kind}`)) ?? "";
      for (const [shape, rule] of listTable.get(kind) ?? []) {
        const list = schemaAt(schemas, schemas[name], shape);
        expect([shape, list === undefined]).toEqual([shape, false]);
        if (rule.type !== "map" || rule.keys.length === 0) continue;
        expect([kind, shape, list?.["x-kubernetes-list-map-keys"]]).toEqual([kind, shape, [...rule.keys]]);
      }
    }
  });
});

type Schema = Readonly<Record<string, unknown>>;

/** The schema of a place in an object, through references. */
function schemaAt(schemas: Schema, schema: unknown, shape: string): Schema | undefined {
  let found = resolved(schemas, schema);
  for (const key of shape.replaceAll("[]", ".[]").split(".")) {
    const next = key === "[]" ? found?.["items"] : at(found, `properties.${key}`);
    const own = resolved(schemas, next);
    if (own === undefined) return undefined;
    found = own;
  }
  return found;
}

function resolved(schemas: Schema, schema: unknown): Schema | undefined {
  if (!isRecord(schema)) return undefined;
  const all = schema["allOf"];
  const reference = (Array.isArray(all) ? at(all[0], "$ref") : undefined) ?? schema["$ref"];
  if (typeof reference !== "string") return schema;
  const target = schemas[reference.split("/").at(-1) ?? ""];
  return isRecord(target) ? { ...target, ...schema, $ref: undefined } : undefined;
}
