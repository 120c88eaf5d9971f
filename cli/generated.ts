import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { instance } from "@viz-js/viz";
import * as z from "zod";
import { licencePage } from "../delivery/licences.ts";
import { services } from "../catalogue/services.ts";
import type { KubernetesObject } from "../kubernetes/manifest.ts";
import { describeObject, objectsOf } from "../kubernetes/manifest.ts";
import { renderComponents, toYaml } from "../kubernetes/render.ts";
import { UsageError, suggest } from "../policies/finding.ts";
import type { Rendered } from "../policies/hardening/scanner-files.ts";
import {
  kubeLinterConfig,
  kubescapeExceptions,
  polarisConfig,
  trivyData,
  trivyIgnore,
} from "../policies/hardening/scanner-files.ts";
import { dashboardPicture, dashboardsPage, provisionedDashboards } from "../review/dashboard-pictures.ts";
import { dependencyGraph } from "../review/graph.ts";
import { pictures } from "../review/pictures.ts";
import { reachabilityPage } from "../review/reachability-page.ts";
import { requestTable } from "../review/requests.ts";
import { reportJsonSchema } from "../review/report.ts";
import {
  cluster,
  clusterPromises,
  clusterSettings,
  clusterSettingsSchema,
  clusterProject,
  judgeCluster,
} from "../stacks/cluster.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { environmentNames } from "../stacks/environment.ts";
import { environments, loadEnvironment, project, readStackFile } from "../stacks/load.ts";
import { platform, promisesOf } from "../stacks/platform.ts";
import { settingsSchema } from "../stacks/settings.ts";
import { rolloutExamples } from "./generated-rollouts.ts";

type Lock = Parameters<typeof licencePage>[0];

/** Everything that is generated from data and settings: path below the root → content. */
export async function generatedFromData(root: string): Promise<ReadonlyMap<string, string>> {
  const loaded = environmentNames.map((name) => [name, loadEnvironment(name, root)] as const);
  const platforms = loaded.map(([name, environment]) => [name, platform(environment)] as const);
  const clusters = clusterNames(root).map((name) => [name, loadCluster(name, root)] as const);
  const rendered: Rendered[] = [
    ...loaded.map(([name, environment], index) => ({
      folder: name,
      components: platforms[index]?.[1] ?? [],
      promises: promisesOf(environment),
    })),
    ...clusters.map(([name, components]) => ({
      folder: `cluster-${name}`,
      components,
      promises: clusterPromises,
    })),
  ];
  const dashboards = provisionedDashboards(platforms.find(([name]) => name === "prod")?.[1] ?? []);
  return new Map([
    ...(await drawings()),
    ...dashboards.map((each) => [`docs/generated/dashboards/${each.uid}.svg`, dashboardPicture(each)] as const),
    ["docs/generated/dashboards.md", dashboardsPage(dashboards)],
    ...platforms.flatMap(([name, components]) =>
      [...renderComponents(components)].map(
        ([component, yaml]) => [`test/golden/${name}/${component}.yaml`, yaml] as const,
      ),
    ),
    ...clusters.flatMap(([name, components]) =>
      [...renderComponents(components)].map(
        ([component, yaml]) => [`test/golden/cluster-${name}/${component}.yaml`, yaml] as const,
      ),
    ),
    ...[...rolloutExamples(loadEnvironment("prod", root))].map(
      ([name, yaml]) => [`test/golden/rollouts/${name}.yaml`, yaml] as const,
    ),
    ["docs/generated/requests.md", requestTable(Object.values(services))],
    [
      "docs/generated/reachability.md",
      reachabilityPage(
        platforms.map(([name, components]) => ({
          name,
          objects: inNamespace(objectsOf([...components, ...clusters.flatMap(([, shared]) => shared)]), name),
        })),
      ),
    ],
    [
      "docs/generated/licences.md",
      licencePage(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock),
    ],
    [".ci/scanners/kube-linter.yaml", toYaml(kubeLinterConfig())],
    [".ci/scanners/polaris.yaml", toYaml(polarisConfig())],
    ...rendered.map((stack) => [`.ci/scanners/trivyignore/${stack.folder}.yaml`, toYaml(trivyIgnore(stack))] as const),
    [".ci/scanners/trivy-data/registries.yaml", toYaml(trivyData(rendered))],
    [".ci/scanners/kubescape-exceptions.json", `${JSON.stringify(kubescapeExceptions(rendered), null, 2)}\n`],
    ["stacks/settings.schema.json", stackFileSchema(project, settingsSchema())],
    ["cluster/settings.schema.json", stackFileSchema(clusterProject, clusterSettingsSchema)],
    ["review/report.schema.json", `${JSON.stringify(reportJsonSchema(), null, 2)}\n`],
  ]);
}

/** What stands in an environment's namespace, each object once. */
function inNamespace(objects: readonly KubernetesObject[], environment: EnvironmentName): KubernetesObject[] {
  const { namespace } = environments[environment];
  const own = objects.filter(({ metadata }) => metadata.namespace === namespace);
  return [...new Map(own.map((object) => [describeObject(object), object])).values()];
}

/** The clusters that `cluster/` has a stack file for. */
export function clusterNames(root: string): string[] {
  return readdirSync(join(root, "cluster"))
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

/** Every stack as the command line names it: `dev`, and `cluster/local` for what a cluster's environments share. */
export function stackNames(root: string): string[] {
  return [...environmentNames, ...clusterNames(root).map((name) => `cluster/${name}`)];
}

/**
 * The cluster that `cluster/<name>` stands for; nothing for any other name, which is that of an environment.
 * @throws {UsageError} when there is no such cluster
 */
export function clusterNamed(stack: string, root: string): string | undefined {
  const name = /^cluster\/(.*)$/.exec(stack)?.[1];
  if (name === undefined) return undefined;
  const known = clusterNames(root);
  if (known.includes(name)) return name;
  throw new UsageError(`There is no cluster "${name}". ${suggest(name, known)}`);
}

/** What the stack of a cluster consists of, without Pulumi. @throws {Findings} with every error in its file */
export function loadCluster(name: string, root: string): ReturnType<typeof cluster> {
  return cluster(readCluster(name, root));
}

/** What is wrong with the stack of a cluster, beside it. @throws {Findings} with every error in its file */
export function judgeStack(name: string, root: string): ReturnType<typeof judgeCluster> {
  return judgeCluster(readCluster(name, root));
}

/** The context of a cluster's kubeconfig. @throws {Findings} with every error in its file */
export function clusterContext(name: string, root: string): string {
  return readCluster(name, root).context;
}

function readCluster(name: string, root: string): ReturnType<typeof clusterSettings> {
  const { config, findings } = readStackFile(join(root, "cluster", `Pulumi.${name}.yaml`));
  return clusterSettings(name, config, findings);
}

/** A JSON Schema of a stack file, for editors. Keys of other namespaces are left to Pulumi. */
function stackFileSchema(namespace: string, settings: z.ZodObject): string {
  const { properties = {}, required = [] } = z.toJSONSchema(settings, { io: "input" });
  const name = (key: string): string => `${namespace}:${key}`;
  const own = Object.fromEntries(Object.entries(properties).map(([key, value]) => [name(key), value]));
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `Stack settings of ${namespace}`,
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: {
          ...own,
          [name("secrets")]: { description: "Encrypted values; set them with pulumi config set --secret" },
        },
        required: required.map(name),
        patternProperties: { "^(pulumi|kubernetes|random):": {} },
        additionalProperties: false,
      },
      secretsprovider: { type: "string" },
      encryptionsalt: { type: "string" },
      encryptedkey: { type: "string" },
    },
    additionalProperties: false,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** The pictures in the docs, drawn by Graphviz (compiled to WebAssembly, so that they come out the same everywhere). */
async function drawings(): Promise<[string, string][]> {
  const graphviz = await instance();
  return Object.entries(pictures(dependencyGraph(services))).map(([name, dot]) => [
    `docs/generated/${name}.svg`,
    graphviz.renderString(dot, { format: "svg" }),
  ]);
}
