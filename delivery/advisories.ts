import { satisfies, validRange } from "semver";
import { z } from "zod";
import type { Advisory } from "./audit.ts";

/** A package of the lock file. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * A file of GitLab's advisory database, as far as it is read.
 * https://gitlab.com/gitlab-org/security-products/gemnasium-db#yaml-schema
 */
const published = z.object({
  identifier: z.string(),
  identifiers: z.array(z.string()).optional(),
  title: z.string(),
  /** When the file was last changed. */
  date: z.string(),
  /** In npm's own syntax for this registry; `||` between ranges. */
  affected_range: z.string(),
  urls: z.array(z.string()).optional(),
});
export type PublishedAdvisory = z.infer<typeof published>;

/** @throws when a file has another form */
export function publishedAdvisory(data: unknown): PublishedAdvisory {
  return published.parse(data);
}

/** Every package that a lock file of npm holds, each version once. The first entry is the project itself. */
export function lockedPackages(lock: {
  readonly packages: Readonly<Record<string, { readonly name?: string; readonly version?: string }>>;
}): LockedPackage[] {
  const found = new Map<string, LockedPackage>();
  for (const [path, { name = path.split("node_modules/").at(-1) ?? "", version }] of Object.entries(lock.packages)) {
    if (path !== "" && version !== undefined) found.set(`${name} ${version}`, { name, version });
  }
  return [...found.values()];
}

/**
 * Whether a version has a fault. A range that cannot be read counts: nobody has looked at it then.
 * A version before a release (`5.0.0-beta.1`) has the faults of the range that it lies in.
 */
export function affects({ affected_range: range }: PublishedAdvisory, { version }: LockedPackage): boolean {
  return validRange(range) === null || satisfies(version, range, { includePrerelease: true });
}

/** A published fault as the audit tells it. The database grades by vector alone: every fault counts. */
export function advisoryOf(advisory: PublishedAdvisory, { name, version }: LockedPackage): Advisory {
  return {
    package: name,
    title: `${advisory.title} in ${version}`,
    url: advisory.urls?.[0] ?? advisory.identifier,
    ids: [...new Set([advisory.identifier, ...(advisory.identifiers ?? [])])],
    range: advisory.affected_range,
  };
}
