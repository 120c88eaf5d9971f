import type { Finding } from "../finding.ts";
import { harden } from "../hardening/hardening.ts";
import { declaredFor } from "./declared.ts";
import type { Resource } from "./resources.ts";
import { readResources } from "./resources.ts";

/** What the pack has to say, and of which resource. */
export interface Told {
  readonly message: string;
  /** Absent where a finding is about no resource alone. */
  readonly urn?: string;
}

export interface Judged {
  readonly violations: readonly Told[];
  /** What could be looked at in part only, because the rest is made by the update. */
  readonly unknown: readonly Told[];
}

/** Judges the resources of one stack by the rules that judge the render. */
export function judgeResources(resources: readonly Resource[]): Judged {
  const [, stack = "", project = ""] = /^urn:pulumi:([^:]+)::([^:]+)::/.exec(resources[0]?.urn ?? "") ?? [];
  const declared = declaredFor(project, stack);
  const { components, urns, unknown } = readResources(resources, declared.components);
  const { findings } = harden(components, declared.promises);
  const told = [...declared.others(components), ...findings].map((finding) => tellingOf(finding, urns));
  return {
    // What breaks a rule for want of a value may keep it once the value is there: the update looks again.
    violations: told.filter(({ urn }) => urn === undefined || !unknown.has(urn)),
    unknown: [...unknown].map(([urn, paths]) => ({
      message: `${paths.join(", ")} cannot be known before the update, which judges it.`,
      urn,
    })),
  };
}

function tellingOf({ rule, place, problem, fix }: Finding, urns: ReadonlyMap<string, string>): Told {
  const urn = place
    .split(": ")
    .map((part) => urns.get(part))
    .find((found) => found !== undefined);
  const message = `${place}: ${problem} ${fix} [${rule}]`;
  return urn === undefined ? { message } : { message, urn };
}
