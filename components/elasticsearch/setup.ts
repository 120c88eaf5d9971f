import { sizes } from "../../catalogue/sizes.ts";
import type { KubernetesObject, Metadata } from "../../kubernetes/manifest.ts";
import { contentHash, shortHash } from "../../kubernetes/names.ts";
import { canonical } from "../../kubernetes/render.ts";
import { jobSpec } from "../batch.ts";
import { images } from "../images.ts";
import type { Call } from "./lifecycle.ts";
import { authorityPath, elasticsearchName, elasticsearchPort, operatorMade } from "./names.ts";
import type { Login } from "./users.ts";

export const setupName = "elasticsearch-setup";

/** Seconds until a run is given up: Elasticsearch is there when it starts. */
const deadlineSeconds = 600;

/** The URL that the operator's certificate is valid for. */
export function elasticsearchUrl(namespace: string): string {
  return `https://${operatorMade(elasticsearchName).service}.${namespace}.svc:${elasticsearchPort}`;
}

/** A Job that makes what must be there before anything is written. Other calls are another Job, as Jobs cannot be changed. */
export function setupObjects(
  calls: readonly Call[],
  { username, password }: Login,
  namespace: string,
  meta: (name: string) => Metadata,
): KubernetesObject[] {
  const files = Object.fromEntries(
    calls.map(({ path, body }, index) => [
      `${String(index + 1).padStart(2, "0")}-${path.replaceAll(/[^a-z0-9]+/g, "-").replace(/^-/, "")}.json`,
      `${JSON.stringify(body, null, 2)}\n`,
    ]),
  );
  const script = setupScript(Object.keys(files).map((file, index) => [calls[index]?.path ?? "", file]));
  const data = { ...files, "setup.sh": script };
  const configName = `${setupName}-${contentHash(data)}`;
  const spec = jobSpec({
    name: setupName,
    labels: meta(setupName).labels,
    image: images.curl,
    command: ["sh", "/setup/setup.sh"],
    env: { ELASTICSEARCH: elasticsearchUrl(namespace), USERNAME: username, PASSWORD: password },
    resources: sizes.lean,
    config: { "/setup": configName },
    secrets: { [authorityPath]: operatorMade(elasticsearchName).authority },
    deadlineSeconds,
    retries: 5,
  });
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: meta(setupName), automountServiceAccountToken: false },
    { apiVersion: "v1", kind: "ConfigMap", metadata: meta(configName), immutable: true, data },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: meta(`${setupName}-${shortHash(JSON.stringify(canonical(spec)))}`),
      spec,
    },
  ];
}

/** The password comes in a file, as arguments are visible to whoever lists processes. */
function setupScript(calls: readonly (readonly [path: string, file: string])[]): string {
  return [
    "set -eu",
    "umask 077",
    `printf 'user = "%s:%s"\\n' "$USERNAME" "$PASSWORD" > /tmp/login`,
    "put() {",
    `  echo "PUT $1"`,
    "  curl --config /tmp/login --silent --show-error --fail-with-body --retry 10 --retry-all-errors --max-time 60 \\",
    `    --cacert ${authorityPath}/ca.crt --request PUT --header 'Content-Type: application/json' \\`,
    `    --data-binary "@/setup/$2" "$ELASTICSEARCH/$1"`,
    "  echo",
    "}",
    ...calls.map(([path, file]) => `put '${path}' '${file}'`),
    "",
  ].join("\n");
}
