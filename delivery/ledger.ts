import * as z from "zod";
import type { Finding } from "../policies/finding.ts";
import { UsageError } from "../policies/finding.ts";
import { digestOf, sameVersion } from "../stacks/images.ts";

/**
 * What has run where, and how it went: one JSON line per event, oldest first, one file per environment. Lines are only ever
 * added.
 */

/** Service → image version as the settings write it. */
export type Images = Readonly<Record<string, string>>;

const images = z.record(z.string(), z.string());
const common = {
  environment: z.string(),
  /** When, in ISO 8601. */
  at: z.iso.datetime(),
  /** Commit of this repository. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** Where to read more: the pipeline, or who did it by hand. */
  by: z.string(),
};

const entrySchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("deployment"),
    ...common,
    result: z.enum(["healthy", "failed"]),
    /** Everything that ran. */
    images,
    /** What differs from the deployment before: only these are to blame when it failed. */
    changed: z.array(z.string()),
    /** When the source of what changed was committed, for the lead time; `platform` is this repository. */
    committed: z.record(z.string(), z.iso.datetime()),
  }),
  z.strictObject({
    kind: z.literal("withdrawal"),
    ...common,
    /** What was taken back. */
    images,
    reason: z.string(),
  }),
]);

export type Entry = Readonly<z.output<typeof entrySchema>>;
export type Deployment = Extract<Entry, { kind: "deployment" }>;

/** @throws {UsageError} when a line is not an entry: nothing may be decided on half a ledger */
export function parseLedger(text: string, place: string): Entry[] {
  return text
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, number }) => {
      const entry = entrySchema.safeParse(parseJson(line));
      if (entry.success) return entry.data;
      const issue = entry.error.issues[0];
      throw new UsageError(
        `${place}:${number} is no entry of the ledger: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}. ` +
          "Take the branch back to its last good commit.",
      );
    });
}

/** A line of the ledger, with its line break. @throws when it is no entry that could be read back */
export function formatEntry(entry: Entry): string {
  return `${JSON.stringify(entrySchema.parse(entry))}\n`;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

/** The entries that are deployments, without what was withdrawn later. */
export function deployments(entries: readonly Entry[]): Deployment[] {
  return entries.filter((entry) => entry.kind === "deployment");
}

/** The last word on a version of a service in an environment; nothing when it never ran there. */
export function verdict(
  entries: readonly Entry[],
  service: string,
  version: string,
): "healthy" | "failed" | "withdrawn" | undefined {
  const last = entries.findLast(
    (entry) =>
      sameVersion(entry.images[service], version) &&
      // Where something else failed, what had run before is as good as it was.
      (entry.kind === "withdrawal" || entry.result === "healthy" || entry.changed.includes(service)),
  );
  if (last === undefined) return undefined;
  return last.kind === "withdrawal" ? "withdrawn" : last.result;
}

/**
 * Versions that an environment may not run because the environment before it has not shown that they work. What the
 * environment itself has run in good health it may run again: going back must always be possible.
 */
export function unproven(
  wanted: Images,
  { proving, own = [] }: { readonly proving: readonly Entry[]; readonly own?: readonly Entry[] },
  from: string,
  /** Where the images stand: a file and a key. */
  where: string,
): Finding[] {
  return Object.entries(wanted).flatMap(([service, version]) => {
    const place = `${where}.${service}`;
    if (digestOf(version) === undefined) {
      return [
        {
          rule: "delivery/no-digest",
          place,
          problem: `${version} has no digest, so that nobody can say what it will run.`,
          fix: `Write it as tag@sha256:…; "./suoke promote" does.`,
        },
      ];
    }
    const said = verdict(proving, service, version);
    if (said === "healthy" || verdict(own, service, version) === "healthy") return [];
    return [
      {
        rule: said === undefined ? "delivery/unproven" : `delivery/${said}`,
        place,
        problem:
          said === undefined
            ? `${version} has never been healthy in ${from}.`
            : `${version} ${said === "failed" ? "failed" : "was taken back"} in ${from}.`,
        fix: `Deploy it to ${from} first, and promote it from there.`,
      },
    ];
  });
}

/** What an environment runs as far as it is known to work: the images of its last healthy deployment, and none withdrawn. */
export function provenImages(entries: readonly Entry[]): Images {
  const last = deployments(entries).findLast(({ result }) => result === "healthy");
  return Object.fromEntries(
    Object.entries(last?.images ?? {}).filter(
      ([service, version]) => digestOf(version) !== undefined && verdict(entries, service, version) === "healthy",
    ),
  );
}

/**
 * The latest deployment that was healthy, has stayed so, and is not what runs now.
 * @param services the services that must not have been withdrawn since
 * @param differs whether going back to it would change anything
 */
export function lastGood(
  entries: readonly Entry[],
  services: readonly string[],
  differs: (deployment: Deployment) => boolean,
): Deployment | undefined {
  return deployments(entries)
    .filter(({ result }) => result === "healthy")
    .findLast(
      (deployment) =>
        services.every((service) => {
          const version = deployment.images[service];
          return version === undefined || verdict(entries, service, version) === "healthy";
        }) && differs(deployment),
    );
}
