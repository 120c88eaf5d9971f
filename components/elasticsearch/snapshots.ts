import type { Manifest, Metadata } from "../../kubernetes/manifest.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { setting } from "../../kubernetes/secrets.ts";
import type { Snapshots } from "./data.ts";

/** Keys of the object store, as Elasticsearch's keystore names them. */
export const snapshotsSecret = "elasticsearch-snapshots";

export function snapshotsManifest(
  rotations: Rotations,
  meta: (name: string) => Metadata & { readonly namespace: string },
): Manifest {
  const rotation = rotations("elasticsearch-snapshots");
  return secretManifest({
    ...meta(snapshotsSecret),
    values: {
      "s3.client.default.access_key": setting("elasticsearch.snapshots.accessKeyId", { rotation }),
      "s3.client.default.secret_key": setting("elasticsearch.snapshots.secretAccessKey", { rotation }),
    },
  });
}

/** Where snapshots go, for the NetworkPolicy. */
export function snapshotConnections(snapshots: Snapshots): Connection[] {
  if (snapshots.kind === "none") return [];
  const { endpoint, cidrs } = snapshots;
  const port = endpoint === undefined ? 443 : Number(new URL(endpoint).port || 443);
  return [{ peer: cidrs === undefined ? { kind: "internet" } : { kind: "addresses", cidrs }, ports: [port] }];
}
