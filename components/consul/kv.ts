import type { Ownership } from "../../catalogue/service.ts";
import { contentHash } from "../../kubernetes/names.ts";
import type { ServiceDocuments } from "./documents.ts";
import { revisionOf } from "./documents.ts";

/** What `consul-seed kv` reads beside the documents. */
export interface KvPlan {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly revision: string;
        readonly documents: Readonly<Record<string, Ownership>>;
      }
    >
  >;
}

/** The file in which the plan stands. Documents stand beside it as `<service>.<key>`. */
export const planFile = "plan.json";

/** What the names of the ConfigMaps begin with. */
export const kvMapPrefix = "consul-kv-";

/**
 * Bytes of one ConfigMap, at most. The API server takes 1 MiB of data; names and the object around it need their room.
 * https://kubernetes.io/docs/concepts/configuration/configmap/#motivation
 */
export const mapLimit = 1_000_000;

/** What the KV store shall hold, in as few ConfigMaps as it takes: name → files. */
export function kvMaps(documents: readonly ServiceDocuments[]): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const plan: KvPlan = {
    services: Object.fromEntries(
      documents.map((own) => [
        own.service,
        {
          revision: revisionOf(own),
          documents: Object.fromEntries(Object.entries(own.documents).map(([key, { ownership }]) => [key, ownership])),
        },
      ]),
    ),
  };
  const files = documents.flatMap(({ service, documents: own }) =>
    Object.entries(own).map(([key, { text }]) => [`${service}.${key}`, text] as const),
  );
  const maps = pack([[planFile, `${JSON.stringify(plan, null, 2)}\n`], ...files]);
  return new Map(maps.map((content, index) => [`${kvMapPrefix}${index}-${contentHash(content)}`, content]));
}

/** Files in order into maps, a new one when the next file would not fit. */
function pack(files: readonly (readonly [string, string])[]): Record<string, string>[] {
  const maps: [string, string][][] = [];
  let room = 0;
  for (const [name, text] of files) {
    const size = Buffer.byteLength(name) + Buffer.byteLength(text);
    if (size > room) {
      maps.push([]);
      room = mapLimit;
    }
    maps.at(-1)?.push([name, text]);
    room -= size;
  }
  return maps.map((entries) => Object.fromEntries(entries));
}
