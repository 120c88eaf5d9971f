import type { Ownership } from "../catalogue/service.ts";
import type { KvPlan } from "../components/consul/kv.ts";
import { kvMapPrefix, planFile } from "../components/consul/kv.ts";
import type { Placed } from "./change.ts";
import { isRecord } from "./compare.ts";
import { changedLines } from "./lines.ts";

/** A document as the rendered objects bring it into Consul. */
export interface StoredDocument {
  readonly ownership: Ownership;
  readonly text: string;
}

/** What happens to a document in Consul. */
export interface DocumentChange {
  /** `config/<service>/<key>`. */
  readonly path: string;
  readonly kind: "new" | "changed" | "gone";
  readonly ownership: Ownership;
  /** Who had the last word before, where that changes. */
  readonly formerOwnership?: Ownership;
  /** As in a unified diff. */
  readonly lines: readonly string[];
}

/** The documents in the ConfigMaps that `consul-seed kv` reads, by path. */
export function storedDocuments(placed: readonly Placed[]): Map<string, StoredDocument> {
  const files = new Map(
    placed
      .filter(({ object: { kind, metadata } }) => kind === "ConfigMap" && metadata.name.startsWith(kvMapPrefix))
      .flatMap(({ object }) => (isRecord(object["data"]) ? Object.entries(object["data"]) : []))
      .map(([name, text]) => [name, String(text)] as const),
  );
  const { services } = JSON.parse(files.get(planFile) ?? '{"services":{}}') as KvPlan;
  return new Map(
    Object.entries(services).flatMap(([service, { documents }]) =>
      Object.entries(documents).map(([key, ownership]) => [
        `config/${service}/${key}`,
        { ownership, text: files.get(`${service}.${key}`) ?? "" },
      ]),
    ),
  );
}

/** What is different between two states of an environment, in order of path. */
export function documentChanges(
  before: ReadonlyMap<string, StoredDocument>,
  after: ReadonlyMap<string, StoredDocument>,
): DocumentChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): DocumentChange[] => {
    const [old, now] = [before.get(path), after.get(path)];
    if (now === undefined) {
      return old === undefined
        ? []
        : [{ path, kind: "gone", ownership: old.ownership, lines: prefixed("-", old.text) }];
    }
    if (old === undefined) return [{ path, kind: "new", ownership: now.ownership, lines: prefixed("+", now.text) }];
    if (old.text === now.text && old.ownership === now.ownership) return [];
    return [
      {
        path,
        kind: "changed",
        ownership: now.ownership,
        ...(old.ownership === now.ownership ? {} : { formerOwnership: old.ownership }),
        lines: changedLines(old.text, now.text),
      },
    ];
  });
}

function prefixed(sign: string, text: string): string[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `${sign}${line}`);
}

/** What a change comes to once it is applied: an edit by hand or by the service itself may have been there before. */
export function consequence({ kind, ownership, formerOwnership }: DocumentChange): string {
  const handed = formerOwnership === undefined ? "" : ` (until now ${formerOwnership})`;
  if (kind === "gone")
    return ownership === "app" ? "gone; what the service wrote stays" : "gone, unless it was edited by hand";
  switch (ownership) {
    case "restore":
      return `${kind}; an edit by hand is undone${handed}`;
    case "keep":
      return `${kind}, unless it was edited by hand${handed}`;
    case "app":
      return `${kind}, where the service has none yet${handed}`;
  }
}
