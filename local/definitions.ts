import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { UsageError } from "../policies/finding.ts";
import { root, toolchainFolder } from "./paths.ts";
import { runProgram } from "./process.ts";
import type { Progress } from "./progress.ts";

/** Definitions in a Go module: of which kinds, and in which file each of them is. */
interface Published {
  readonly module: string;
  readonly group: string;
  readonly plurals: readonly string[];
  readonly file: (plural: string) => string;
}

/** What is installed on a real cluster at the same versions: a test compares `go.mod` with what `cluster/` installs. */
const published: readonly Published[] = [
  {
    module: "sigs.k8s.io/gateway-api",
    group: "gateway.networking.k8s.io",
    plurals: ["gatewayclasses", "gateways", "grpcroutes", "httproutes"],
    file: (plural) => `config/crd/standard/gateway.networking.k8s.io_${plural}.yaml`,
  },
  {
    module: "github.com/cert-manager/cert-manager",
    group: "cert-manager.io",
    plurals: ["certificates", "issuers"],
    file: (plural) => `deploy/crds/cert-manager.io_${plural}.yaml`,
  },
  {
    module: "github.com/elastic/cloud-on-k8s/v3",
    group: "elasticsearch.k8s.elastic.co",
    plurals: ["elasticsearches"],
    file: () => "config/crds/v1/all-crds.yaml",
  },
  {
    module: "github.com/cloudnative-pg/cloudnative-pg",
    group: "postgresql.cnpg.io",
    plurals: ["clusters", "databases", "poolers", "scheduledbackups"],
    file: (plural) => `config/crd/bases/postgresql.cnpg.io_${plural}.yaml`,
  },
  {
    module: "github.com/cloudnative-pg/plugin-barman-cloud",
    group: "barmancloud.cnpg.io",
    plurals: ["objectstores"],
    file: (plural) => `config/crd/bases/barmancloud.cnpg.io_${plural}.yaml`,
  },
];

/** A CustomResourceDefinition, as far as it is looked at here. */
export interface Definition {
  readonly metadata: { readonly name: string };
}

const moduleFolder = join(root, "local/toolchain/definitions");

/** Seconds that bringing the modules may take. */
const limit = 600;

/**
 * The definitions that other projects publish, unchanged but for their descriptions. They come as Go modules of an exact
 * version with their checksums, like the programs, and are kept beside those.
 * @throws {UsageError} when they cannot be brought
 */
export async function publishedDefinitions(progress: Progress): Promise<readonly Definition[]> {
  const path = cachedPath();
  if (!existsSync(path)) {
    await progress.step("Bringing the definitions of custom resources (once)", async () => {
      const definitions = await bring();
      mkdirSync(toolchainFolder, { recursive: true });
      const temporary = `${path}.${process.pid}`;
      writeFileSync(temporary, JSON.stringify(definitions));
      renameSync(temporary, path);
    });
  }
  return JSON.parse(readFileSync(path, "utf8")) as Definition[];
}

/** A file for each version of the modules, and of this one. */
function cachedPath(): string {
  const hash = createHash("sha256");
  for (const file of [join(moduleFolder, "go.sum"), import.meta.filename]) hash.update(readFileSync(file));
  return join(toolchainFolder, `definitions-${hash.digest("hex").slice(0, 12)}.json`);
}

/**
 * The modules with the versions that `go.mod` names. Without those in the arguments Go would take the newest that any of the
 * modules asks for. Go compares each with its checksum in `go.sum`.
 */
function requirements(): string[] {
  const text = readFileSync(join(moduleFolder, "go.mod"), "utf8");
  return [...text.matchAll(/^\t(\S+) (v\S+)$/gm)].map(([, module = "", version = ""]) => `${module}@${version}`);
}

async function bring(): Promise<Definition[]> {
  const { code, output } = await runProgram({
    command: "go",
    args: ["mod", "download", "-json", ...requirements()],
    cwd: moduleFolder,
    env: { GOFLAGS: "-mod=readonly", GOWORK: "off", GOTOOLCHAIN: "local" },
    limit,
  });
  const folders = new Map(
    [...output.matchAll(/"Path": "([^"]+)"[^}]*?"Dir": "([^"]+)"/g)].map(([, path = "", dir = ""]) => [path, dir]),
  );
  return published.flatMap(({ module, group, plurals, file }) => {
    const folder = folders.get(module);
    if (code !== 0 || folder === undefined) {
      throw new UsageError(`The definitions of ${group} cannot be brought with Go:\n${output.trim().slice(-2000)}`);
    }
    return plurals.map((plural) => {
      const all = loadAll(readFileSync(join(folder, file(plural)), "utf8")) as Definition[];
      const definition = all.find(({ metadata }) => metadata.name === `${plural}.${group}`);
      if (definition === undefined) throw new Error(`${module} does not define ${plural}.${group}.`);
      return withoutDescriptions(definition) as Definition;
    });
  });
}

/** Texts for people are most of a definition, and time at each start; a field that is called so is kept. */
function withoutDescriptions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([key, each]) => key !== "description" || typeof each !== "string");
  return Object.fromEntries(entries.map(([key, each]) => [key, withoutDescriptions(each)]));
}
