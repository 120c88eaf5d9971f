import type { Image } from "../components/microservice/args.ts";
import type { ServiceName } from "../catalogue/services.ts";
import type { Environment } from "./environment.ts";
import type { Settings } from "./settings.ts";

/** The image of the platform's own tools, such as the one that migrates databases: `tools/`. */
export const toolsImageName = "platform-tools";

/**
 * The image of a service. Its version label is the tag, or the start of the digest where there is no tag.
 * @throws when the settings name none; the settings' schema has reported that before
 */
export function imageOf(service: string, settings: Settings): Image {
  const version = settings.images[service];
  if (version === undefined) throw new Error(`images.${service} is missing in the settings.`);
  return imageReference(service, version, settings);
}

/** A given version of a service's image. */
export function imageReference(service: string, version: string, { registry }: Settings): Image {
  const repository = `${registry.host}/${service}`;
  if (version.startsWith("sha256:")) {
    return { reference: `${repository}@${version}`, version: `sha256-${version.slice("sha256:".length, 19)}` };
  }
  return { reference: `${repository}:${version}`, version: version.replace(/@.*/, "") };
}

/** The version in a reference to an image of a repository, as settings write it; nothing where it is of another repository. */
export function versionBehind(reference: string, repository: string): string | undefined {
  if (!reference.startsWith(repository)) return undefined;
  return /^[:@](.+)$/.exec(reference.slice(repository.length))?.[1];
}

/** What names the content of an image: its digest. A tag can be moved. */
export function digestOf(version: string): string | undefined {
  return /sha256:[0-9a-f]{64}$/.exec(version)?.[0];
}

/** Two versions are the same when their digests are, whatever the tags say. */
export function sameVersion(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const [digest, otherDigest] = [digestOf(one), digestOf(other)];
  return digest !== undefined && otherDigest !== undefined ? digest === otherDigest : one === other;
}

/** The images that an environment runs, as its settings write them: services that are on, and the platform's tools. */
export function runningImages({ data, settings }: Environment): Readonly<Record<string, string>> {
  const runs = (name: string): boolean => name === toolsImageName || data.services[name as ServiceName].kind === "on";
  return Object.fromEntries(
    Object.entries(settings.images).flatMap(([name, version]) =>
      version === undefined || !runs(name) ? [] : [[name, version]],
    ),
  );
}

/** Images that run beside those of their services: canaries, and the second version of blue and green. */
export function secondImages({ settings }: Environment): { readonly service: string; readonly version: string }[] {
  return Object.entries(settings.rollouts).flatMap(([service, rollout]) =>
    [rollout?.canary?.image, rollout?.blueGreen?.blue, rollout?.blueGreen?.green].flatMap((version) =>
      version === undefined ? [] : [{ service, version }],
    ),
  );
}
