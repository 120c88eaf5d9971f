import type { Covers, Promises } from "./rule.ts";
import { hardeningRules } from "./rules.ts";

/**
 * Checks of a scanner that do not hold where an environment does not promise what they ask for: those of our rules that are for
 * environments that do. A scanner is told to leave them out; every other exemption stands on its object.
 */
export function unpromised(scanner: Exclude<keyof Covers, "standard">, promises: Promises): string[] {
  const rules = [...hardeningRules.values()];
  const holds = ({ onlyWhere }: { readonly onlyWhere?: keyof Promises }): boolean =>
    onlyWhere === undefined || promises[onlyWhere];
  const kept = new Set(rules.filter(holds).flatMap(({ covers }): readonly string[] => covers[scanner] ?? []));
  const left = rules.filter((rule) => !holds(rule)).flatMap(({ covers }): readonly string[] => covers[scanner] ?? []);
  return [...new Set(left)].filter((id) => !kept.has(id)).sort();
}

/**
 * Checks of trivy that ask for an object beside others, and say so of each object that is none: once a render holds one of
 * that kind, all others in it are findings. `namespaces/bounded` asks each namespace for them instead.
 */
export const notOfObjects = [
  {
    id: "KSV-0039",
    kind: "LimitRange",
    statement: "Asked of every object that is no LimitRange; see namespaces/bounded.",
  },
  {
    id: "KSV-0040",
    kind: "ResourceQuota",
    statement: "Asked of every object that is no ResourceQuota; see namespaces/bounded.",
  },
] as const;

/** Controls of kubescape that report what a manifest says without that being a fault, whatever it says. */
export const noFaults = [
  {
    id: "C-0211",
    because: "Nodes and their runtime give SELinux labels; what else it asks for has controls of its own.",
  },
  {
    id: "C-0237",
    because: "A signature is no property of a manifest: to look needs the registry and the publisher's key.",
  },
  {
    id: "C-0255",
    because: "It lists who mounts a Secret, as is asked for instead of variables (containers/secret-variables).",
  },
  { id: "C-0258", because: "It lists who mounts a ConfigMap, which holds no secret (containers/plain-secret)." },
] as const;
