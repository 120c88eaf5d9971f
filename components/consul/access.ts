import { byKey } from "../../kubernetes/names.ts";
import type { ServiceDocuments } from "./documents.ts";
import { serverName, statusPrefix } from "./names.ts";
import type { Token } from "./tokens.ts";
import { roles } from "./tokens.ts";

/**
 * What `consul-seed acl` brings Consul to, as files: a policy's rules each, and which token has which policy. No secret is
 * among them: tokens are named by their file in a Secret.
 */
export type AccessPlan = Readonly<Record<string, string>>;

export interface AccessArgs {
  readonly tokens: readonly Token[];
  readonly documents: readonly ServiceDocuments[];
  /** Services that the catalogue sync registers. */
  readonly registered: readonly string[];
  /** Node under which it registers them. */
  readonly node: string;
}

/** Least privilege: each token does what its holder does, and nothing else is allowed (`default_policy: deny`). */
export function accessPlan({ tokens, documents, registered, node }: AccessArgs): AccessPlan {
  const rules = new Map<string, string>([
    // Servers keep their own entry in the catalogue up to date.
    [roles.agent, lines(rule("node_prefix", `${serverName}-`, "write"), rule("service_prefix", "", "read"))],
    [roles.seed, lines(rule("key_prefix", "config/", "write"), rule("key_prefix", `${statusPrefix}kv/`, "write"))],
    [
      roles.catalogue,
      lines(
        rule("node", node, "write"),
        rule("node_prefix", "", "read"),
        rule("service_prefix", "", "read"),
        ...registered.map((service) => rule("service", service, "write")),
      ),
    ],
    [
      roles.exporter,
      lines(
        rule("node_prefix", "", "read"),
        rule("service_prefix", "", "read"),
        rule("key_prefix", statusPrefix, "read"),
      ),
    ],
    // `/v1/agent/metrics`, for Prometheus.
    [roles.metrics, lines(rule("agent_prefix", "", "read"))],
    // A snapshot holds the tokens, so that Consul gives it only to whoever may write them.
    [roles.snapshots, lines('acl = "write"', rule("key_prefix", `${statusPrefix}snapshot/`, "write"))],
    ...documents.map(({ service, documents: own }) => [service, serviceRules(service, own)] as const),
  ]);
  const policies = tokens.flatMap(({ name, slots }) =>
    Object.keys(slots).map((file) => [file, policyName(name)] as const),
  );
  return {
    ...Object.fromEntries([...rules].map(([name, text]) => [`${policyName(name)}.hcl`, text])),
    "tokens.json": `${JSON.stringify(Object.fromEntries(policies.sort(byKey)), null, 2)}\n`,
  };
}

/** A service reads its own prefix, and writes what is declared as its own. */
function serviceRules(service: string, documents: ServiceDocuments["documents"]): string {
  const owned = Object.entries(documents).filter(([, { ownership }]) => ownership === "app");
  return lines(
    rule("key_prefix", `config/${service}/`, "read"),
    ...owned.map(([key]) => rule("key", `config/${service}/${key}`, "write")),
  );
}

function policyName(name: string): string {
  return `suoke-${name}`;
}

function rule(resource: string, name: string, policy: "read" | "write"): string {
  return `${resource} "${name}" { policy = "${policy}" }`;
}

function lines(...rules: readonly string[]): string {
  return rules.map((each) => `${each}\n`).join("");
}
