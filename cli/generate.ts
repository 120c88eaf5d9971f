import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Findings } from "../policies/finding.ts";
import { root } from "../local/paths.ts";
import { catalogueSource } from "./generate-catalogue.ts";

/** Folders in which every file is generated: what is there besides is stale. */
const generatedFolders = ["test/golden", "docs/generated"];

/** Everything that is generated and committed: path below the root → content. */
type Files = ReadonlyMap<string, string>;

/**
 * Writes what is generated, so that one change of data shows everything it leads to. The catalogue's index comes first:
 * the rest is made from it.
 */
export async function generate(root: string): Promise<readonly string[]> {
  const written = write(root, new Map([["catalogue/services.ts", catalogueSource(root)]]));
  const files = await generatedFiles(root);
  const stale = surplusFiles(root, files);
  stale.forEach((path) => rmSync(join(root, path)));
  return [...written, ...write(root, files), ...stale];
}

/** @throws {Findings} when a generated file is not what would be generated now */
export async function checkGenerated(root: string): Promise<void> {
  const files = new Map([["catalogue/services.ts", catalogueSource(root)], ...(await generatedFiles(root))]);
  const changed = [...files].filter(([path, content]) => current(root, path) !== content).map(([path]) => path);
  const findings = [...changed, ...surplusFiles(root, files)].map((path) => ({
    rule: "generated/stale",
    place: path,
    problem: "is not what the data now leads to.",
    fix: "Run: make generate, and review the difference.",
  }));
  if (findings.length > 0) throw new Findings(findings);
}

async function generatedFiles(root: string): Promise<Files> {
  // Imported late: these read the catalogue's index, which may just have been written.
  const { generatedFromData } = await import("./generated.ts");
  return await generatedFromData(root);
}

function write(root: string, files: Files): string[] {
  return [...files].flatMap(([path, content]) => {
    if (current(root, path) === content) return [];
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    return [path];
  });
}

/** Files in generated folders that are no longer generated. */
export function surplusFiles(root: string, files: Files): string[] {
  return generatedFolders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => !files.has(path));
}

function current(root: string, path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined;
}

/** Writes what is generated and lists what has changed, or only compares. @throws {Findings} when something is stale */
export async function generateCommand(options: { readonly check?: true }): Promise<void> {
  if (options.check === true) {
    await checkGenerated(root);
    return;
  }
  const changed = await generate(root);
  process.stdout.write(changed.map((path) => `${path}\n`).join(""));
}
