import type { Exemption } from "../kubernetes/manifest.ts";

/** For components whose every image is pinned: a version tag that its publisher does not move, or a digest. */
export const pinnedImages: Exemption = {
  rule: "images/pull-policy",
  reason: "The image is pinned; a restart must not depend on the registry being up.",
  until: "2027-11-30",
};

/** For components that run images of others whose digest has not been looked up yet. */
export const withoutDigest: Exemption = {
  rule: "images/digest",
  reason: "Pinned by version; the dependency bot adds the digest with its next update.",
  until: "2027-03-31",
};

/** For programs that cannot read their secrets from files. */
export function secretVariables(reason: string): Exemption {
  return { rule: "containers/secret-variables", reason, until: "2027-11-30" };
}

/** For a program that only watches: while it is away for a moment, nobody is worse served. */
export const oneIsEnough: Exemption = {
  rule: "availability/replicas",
  reason: "It only watches: two would count everything twice, and a gap of a scrape or two is no loss.",
  until: "2027-11-30",
};
