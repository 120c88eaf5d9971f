import { sizes } from "../../catalogue/sizes.ts";
import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { shortHash } from "../../kubernetes/names.ts";
import { canonical } from "../../kubernetes/render.ts";
import { jobSpec } from "../batch.ts";
import type { Elasticsearch } from "../elasticsearch/elasticsearch.ts";
import { lifecyclePolicies } from "../elasticsearch/lifecycle.ts";
import { copies } from "../elasticsearch/sizing.ts";
import { images } from "../images.ts";

export const indicesName = "jaeger-indices";

/**
 * Jaeger's own program makes its templates and the first index with its aliases; from there on the lifecycle rolls over and
 * deletes (https://www.jaegertracing.io/docs/2.20/storage/elasticsearch/). What is there already stays as it is.
 */
export function indicesObjects(
  store: Elasticsearch,
  prefix: string,
  meta: (name: string) => Metadata,
): KubernetesObject[] {
  const { username, password } = store.login("setup");
  const spec = jobSpec({
    name: indicesName,
    labels: meta(indicesName).labels,
    image: images.jaegerRollover,
    args: [
      "init",
      store.url,
      `--index-prefix=${prefix}`,
      "--shards=1",
      `--replicas=${copies(store.server)}`,
      "--es.use-ilm=true",
      `--es.ilm-policy-name=${lifecyclePolicies.traces}`,
      "--es.tls.enabled=true",
      `--es.tls.ca=${store.authority.path}/ca.crt`,
    ],
    env: { ES_USERNAME: username, ES_PASSWORD: password },
    resources: sizes.lean,
    config: {},
    secrets: { [store.authority.path]: store.authority.secret },
    deadlineSeconds: 600,
    retries: 5,
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(indicesName), automountServiceAccountToken: false },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: meta(`${indicesName}-${shortHash(JSON.stringify(canonical(spec)))}`),
      spec,
    },
  ];
}
