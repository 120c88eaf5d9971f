import { Buffer } from "node:buffer";
import { moduleLicences } from "./program-licences.ts";

/** What the repository pins, by the files that pin it. */
export interface Pinned {
  /** package-lock.json */
  readonly npm: Readonly<Record<string, LockedPackage>>;
  /** Contents of every go.sum. */
  readonly goSums: readonly string[];
  /** Contents of every requirements.txt that pip-compile has written. */
  readonly requirements: readonly string[];
  /** References of container images, with a registry. */
  readonly images: readonly string[];
  readonly charts: readonly { readonly chart: string; readonly version: string; readonly repository: string }[];
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  /** `sha512-…` in base64. */
  readonly integrity?: string;
}

interface Component {
  readonly type: "application" | "container" | "library";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: "SHA-512"; readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Everything that the platform is made of, in CycloneDX 1.6: npm packages, Go modules, Python packages, images and charts.
 * The same pins give the same document, so that it has neither a time nor a serial number.
 * https://cyclonedx.org/docs/1.6/json/
 */
export function sbom(pinned: Pinned): object {
  const components = [
    ...npmComponents(pinned.npm),
    ...pinned.goSums.flatMap(goComponents),
    ...pinned.requirements.flatMap(pythonComponents),
    ...pinned.images.map(imageComponent),
    ...pinned.charts.map(({ chart, version, repository }) =>
      component("application", chart, version, `pkg:helm/${chart}@${version}?repository_url=${encoded(repository)}`),
    ),
  ];
  const unique = new Map(components.map((each) => [each.purl, each]));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name: "suoke-life-platform" } },
    components: [...unique].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each),
  };
}

const encoded = encodeURIComponent;

function component(
  type: Component["type"],
  name: string,
  version: string,
  purl: string,
  more: Partial<Component> = {},
): Component {
  return { type, "bom-ref": purl, name, version, purl, ...more };
}

function npmComponents(packages: Pinned["npm"]): Component[] {
  return Object.entries(packages).flatMap(([path, { version, license, integrity }]) => {
    const name = path.split("node_modules/").at(-1) ?? "";
    if (name === "" || version === undefined) return [];
    const content = /^sha512-(.+)$/.exec(integrity ?? "")?.[1];
    return [
      component("library", name, version, `pkg:npm/${name.replace("@", "%40")}@${version}`, {
        ...(content === undefined
          ? {}
          : { hashes: [{ alg: "SHA-512" as const, content: Buffer.from(content, "base64").toString("hex") }] }),
        ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
      }),
    ];
  });
}

/** Modules whose content is locked. Those of which only the go.mod is are not built. */
function goComponents(goSum: string): Component[] {
  return goSum.split("\n").flatMap((line) => {
    const [name = "", version = "", sum = ""] = line.split(" ");
    if (!sum.startsWith("h1:") || version.endsWith("/go.mod")) return [];
    const purl = `pkg:golang/${name.toLowerCase()}@${encoded(version)}`;
    const licence = moduleLicences[name]?.licence;
    return [
      component("library", name, version, purl, {
        properties: [{ name: "go:h1", value: sum }],
        ...(licence === undefined ? {} : { licenses: [{ expression: licence }] }),
      }),
    ];
  });
}

function pythonComponents(requirements: string): Component[] {
  return [...requirements.matchAll(/^([\w.-]+)==([\w.!+]+)/gm)].map(([, name = "", version = ""]) =>
    component("library", name, version, `pkg:pypi/${name.toLowerCase().replaceAll("_", "-")}@${encoded(version)}`),
  );
}

/** `docker.io/library/redis:7.2` and `registry.example/auth@sha256:…` */
function imageComponent(reference: string): Component {
  const [, host = "", path = "", tag, digest] = /^([^/]+)\/([^:@]+)(?::([^@]+))?(?:@(.+))?$/.exec(reference) ?? [];
  const version = digest ?? tag ?? "";
  return component(
    "container",
    `${host}/${path}`,
    version,
    `pkg:docker/${path}@${encoded(version)}?repository_url=${encoded(host)}`,
    {
      ...(tag === undefined || digest === undefined ? {} : { properties: [{ name: "image:tag", value: tag }] }),
    },
  );
}
