import type { Covers, Unseen, View } from "./rule.ts";
import { ofKind } from "./rule.ts";

/** Variables in which scanners take a word for a secret, each with what it holds. */
const harmlessVariables: readonly {
  readonly holds: (name: string, value: string) => boolean;
  readonly scanners: Pick<Covers, "kubeLinter" | "kubescape" | "polaris">;
  readonly because: string;
}[] = [
  {
    holds: (name, value) => /password|token|bearer/i.test(name) && /^\/[\w./-]+$/.test(value),
    scanners: { polaris: ["sensitiveContainerEnvVar"] },
    because: "The variable holds the path of the file that holds the secret.",
  },
  {
    holds: (name, value) => name.endsWith("SECRET_LABEL_SELECTOR") && value.startsWith("suoke.life/"),
    scanners: {
      kubeLinter: ["env-var-secret"],
      polaris: ["sensitiveContainerEnvVar"],
      kubescape: ["C-0012", "C-0259"],
    },
    because: "The variable holds the label by which Secrets are found.",
  },
  {
    holds: (name, value) => name === "KONG_PLUGINS" && value.split(",").includes("jwt"),
    scanners: { kubescape: ["C-0012", "C-0259"] },
    because: "The variable lists plugins, and one of them is called jwt.",
  },
];

/**
 * Configuration in which scanners take a word for a secret: what its name starts with, what they say, and what stands there
 * instead. Every value was looked at; that none is one of the platform's secrets is searched for on a cluster as well
 * (`test/cluster/environments.test.ts`).
 */
export const harmlessConfiguration: readonly {
  readonly name: RegExp;
  readonly scanners: Pick<Covers, "kubescape" | "trivy">;
  readonly because: string;
}[] = [
  {
    name: /^consul-acl-/,
    scanners: { kubescape: ["C-0012"], trivy: ["KSV-0109"] },
    because: "Its tokens.json names the policy of each token; the tokens are in a Secret.",
  },
  {
    name: /^consul-kv-/,
    scanners: { trivy: ["KSV-0109", "KSV-01010"] },
    because: "Its documents tell services the names of Secrets and of the keys in them.",
  },
  {
    name: /^grafana-provisioning-/,
    scanners: { trivy: ["KSV-0109"] },
    because: "The password is $__file{…}: the path of a file from a Secret.",
  },
  {
    name: /^grafana-dashboards-/,
    scanners: { trivy: ["KSV-01010"] },
    because: "The keys are labels of metrics in queries.",
  },
  {
    name: /^jaeger-(collector|query)-/,
    scanners: { trivy: ["KSV-0109", "KSV-01010"] },
    because: "User and password are ${env:…}: variables from a Secret.",
  },
  {
    name: /^otel-agent-/,
    scanners: { kubescape: ["C-0012"], trivy: ["KSV-01010"] },
    because: "The key is ${env:…}, from a Secret; the rest are patterns of what is taken out of logs and traces.",
  },
  {
    name: /^otel-gateway-/,
    scanners: { kubescape: ["C-0012"], trivy: ["KSV-0109", "KSV-01010"] },
    because:
      "Keys and passwords are ${env:…} or files, both from Secrets; the rest are patterns of what is taken out of logs.",
  },
  {
    name: /^otel-logs-/,
    scanners: { trivy: ["KSV-01010"] },
    because: "What has the shape of a passport's number is a port.",
  },
  {
    name: /^prometheus-config$/,
    scanners: { trivy: ["KSV-01010"] },
    because: "The keys are labels of metrics in the expressions of rules.",
  },
  {
    name: /^redis-config$/,
    scanners: { trivy: ["KSV-01010"] },
    because: "What has the shape of a passport's number is a port.",
  },
];

/** Variables and configuration that have a word of secrets in them, and no secret. */
export function harmlessWords(view: View): Unseen[] {
  return [
    ...view.pods.flatMap(({ workload, spec }) =>
      harmlessVariables
        .filter(({ holds }) =>
          spec.containers.some(({ env = [] }) =>
            env.some(({ name, value }) => value !== undefined && holds(name, value)),
          ),
        )
        .map(({ scanners, because }) => ({ object: workload, scanners, because })),
    ),
    ...ofKind(view, "ConfigMap").flatMap((object) =>
      harmlessConfiguration
        .filter(({ name }) => name.test(object.metadata.name))
        .map(({ scanners, because }) => ({ object, scanners, because })),
    ),
  ];
}
