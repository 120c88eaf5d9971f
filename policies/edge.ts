import { replicaRange } from "../components/microservice/args.ts";
import type { EnvironmentData } from "../stacks/environment.ts";
import type { DataFinding, RuleOf } from "./ids.ts";

/** A public entry that could not do what it promises. */
export function edgeFindings({ name, systems, zones }: EnvironmentData<string>): DataFinding[] {
  const { edge, cache } = systems;
  if (edge.kind !== "managed") return [];
  const finding = (path: string, rule: RuleOf<"edge">, problem: string, fix: string): DataFinding => ({
    rule: `edge/${rule}`,
    place: `stacks/${name}.ts: systems.edge${path}`,
    problem,
    fix,
  });
  const findings: DataFinding[] = [];
  if (cache.kind === "off") {
    findings.push(
      finding(
        "",
        "no-counter",
        "counts requests in the cache, which is off.",
        "Turn systems.cache on, or the edge off.",
      ),
    );
  }
  const { min, max } = replicaRange(edge.proxies);
  if (min < 1 || max < min) {
    findings.push(finding(".proxies", "replicas", `has ${min} to ${max} proxies.`, "Give 1 or more, the larger last."));
  }
  if (zones.spread === "required" && min < zones.count) {
    findings.push(
      finding(
        ".proxies",
        "zones",
        `has ${min} proxies at least for ${zones.count} zones.`,
        `Give it ${zones.count} or more.`,
      ),
    );
  }
  if (!Number.isInteger(edge.controllers) || edge.controllers < 1) {
    findings.push(finding(".controllers", "replicas", `is ${edge.controllers}.`, "Give 1 or more."));
  }
  const { minute, hour } = edge.limits;
  if (minute < 1 || hour < minute) {
    findings.push(
      finding(".limits", "limits", `allows ${minute} requests per minute and ${hour} per hour.`, "Give the hour more."),
    );
  }
  return findings;
}
