import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { charts, operators } from "../../components/charts.ts";
import { gatewayApiVersion } from "../../components/gateway-api/gateway-api.ts";
import { images } from "../../components/images.ts";
import { licences } from "../../delivery/licences.ts";
import { moduleLicences } from "../../delivery/program-licences.ts";
import { root } from "../../local/paths.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly integrity?: string }>
  >;
}
const lock = JSON.parse(read("package-lock.json")) as Lock;
interface Renovate {
  readonly customManagers: readonly {
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }[];
}

/** Those that let a program be used inside a company without giving anything away. */
const accepted = [
  "(BSD-3-Clause AND Apache-2.0)",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC-BY-3.0",
  "CC0-1.0",
  "ISC",
  "MIT",
  "MPL-2.0",
  "PSF-2.0",
  "Python-2.0",
];
/** Packages that name no licence in their description, with what their own file says. */
const stated: Readonly<Record<string, string>> = { "@logdna/tail-file": "MIT" };

describe("the npm packages", () => {
  it("are under licences that are accepted", () => {
    const others = [...licences(lock)].filter(([licence]) => !accepted.includes(licence));
    const names = others.flatMap(([, packages]) => packages.map((each) => each.slice(0, each.lastIndexOf(" "))));
    expect(names.filter((name) => !accepted.includes(stated[name] ?? ""))).toEqual([]);
  });

  it("have a checksum each, and one version", () => {
    const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
    expect(packages.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
    const { dependencies, devDependencies } = JSON.parse(read("package.json")) as Record<
      string,
      Record<string, string>
    >;
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^(npm:@?[^@]+@)?\d/.test(version),
    );
    expect(ranges).toEqual([]);
  });
});

describe("other programs", () => {
  it("built from Go modules have a checksum for each module", () => {
    const folders = readdirSync(join(root, "local/toolchain")).filter((folder) =>
      readdirSync(join(root, "local/toolchain", folder)).includes("go.mod"),
    );
    expect(folders.length).toBeGreaterThan(10);
    for (const folder of folders.filter((each) => read(`local/toolchain/${each}/go.mod`).includes("require")))
      expect(read(`local/toolchain/${folder}/go.sum`), folder).toMatch(/ h1:/);
  });

  it("in the image of the tools are under accepted licences, module by module", () => {
    const required = readdirSync(join(root, "tools"))
      .filter((name) => existsSync(join(root, "tools", name, "go.mod")))
      .flatMap((name) => [...read(`tools/${name}/go.mod`).matchAll(/^(?:require )?\s*(\S+\.\S+\/\S+) v\d/gm)])
      .map(([, name]) => name);
    expect(Object.keys(moduleLicences).sort()).toEqual([...new Set(required), "std"].sort());
    expect(Object.values(moduleLicences).filter(({ licence }) => !accepted.includes(licence))).toEqual([]);
  });

  it("from PyPI have a version and a checksum each, and no address of their own", () => {
    const lines = read("local/toolchain/checkov/requirements.txt").split("\n");
    const packages = lines.filter((line) => /^[a-z0-9]/i.test(line));
    expect(packages.length).toBeGreaterThan(50);
    expect(packages.filter((line) => !/^[\w.-]+==[\w.]+( ;.*)? \\$/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.startsWith("--") || line.includes("://"))).toEqual([]);
  });
});

describe("Renovate", () => {
  const { customManagers } = JSON.parse(read("renovate.json")) as Renovate;
  /** What its own patterns find in a file. */
  const found = (file: string): Record<string, string>[] =>
    customManagers
      .filter(({ managerFilePatterns }) => managerFilePatterns.includes(file))
      .flatMap(({ matchStrings }) => matchStrings.flatMap((text) => [...read(file).matchAll(new RegExp(text, "g"))]))
      .map(({ groups }) => groups ?? {});

  it("finds every image, with its version", () => {
    const versions = found("components/images.ts").map(({ currentValue }) => currentValue);
    const ours = Object.values(images).map((image) => /:([^:@]+)(?:@.*)?$/.exec(image)?.[1]);
    expect(versions).toEqual(ours);
  });

  it("finds every chart, with its version and its repository", () => {
    const known = found("components/charts.ts").map(({ currentValue, registryUrl }) => [currentValue, registryUrl]);
    expect(known).toEqual(Object.values(charts).map(({ version, repository }) => [version, repository]));
  });
});

describe("definitions of custom resources on the embedded cluster", () => {
  it("are of the versions that cluster/ installs", () => {
    const goMod = read("local/toolchain/definitions/go.mod");
    const required = Object.fromEntries(
      [...goMod.matchAll(/^\t(\S+) (v\S+)$/gm)].map(([, module = "", version = ""]) => [module, version]),
    );
    expect(required).toEqual({
      "github.com/cert-manager/cert-manager": charts.certManager.version,
      "github.com/cloudnative-pg/cloudnative-pg": operators.cloudNativePg,
      "github.com/cloudnative-pg/plugin-barman-cloud": operators.barmanCloud,
      "github.com/elastic/cloud-on-k8s/v3": `v${charts.eck.version}`,
      "sigs.k8s.io/gateway-api": gatewayApiVersion,
    });
    const checksums = read("local/toolchain/definitions/go.sum");
    for (const [module, version] of Object.entries(required)) expect(checksums).toContain(`${module} ${version} h1:`);
  });
});
