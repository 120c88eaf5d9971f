import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { charts } from "../components/charts.ts";
import { images } from "../components/images.ts";
import type { Pinned } from "../delivery/sbom.ts";
import { sbom } from "../delivery/sbom.ts";
import { root } from "../local/paths.ts";
import { environmentNames } from "../stacks/environment.ts";
import { imageReference, runningImages, secondImages } from "../stacks/images.ts";
import { loadEnvironment } from "../stacks/load.ts";

/** Prints what the platform is made of, in CycloneDX, or writes it to a file. */
export function sbomCommand({ out }: { readonly out?: string }): void {
  const text = `${JSON.stringify(sbom(pinned()), null, 2)}\n`;
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, text);
}

/** Everything that files of the repository pin. */
export function pinned(): Pinned {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const { packages } = JSON.parse(read("package-lock.json")) as { packages: Pinned["npm"] };
  const services = environmentNames
    .map((name) => loadEnvironment(name, root))
    .flatMap((environment) =>
      [
        ...Object.entries(runningImages(environment)),
        ...secondImages(environment).map(({ service, version }) => [service, version] as const),
      ].map(([service, version]) => imageReference(service, version, environment.settings).reference),
    );
  return {
    npm: packages,
    goSums: programFolders("go.sum").map(read),
    requirements: programFolders("requirements.txt").map(read),
    images: [...Object.values(images), ...services],
    charts: Object.values(charts),
  };
}

/** Files of that name of the programs that are built here, for tests and for the image of the tools. */
function programFolders(file: string): string[] {
  return ["local/toolchain", "tools"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}/${file}`)
      .filter((path) => existsSync(join(root, path)))
      .sort(),
  );
}
