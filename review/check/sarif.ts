import type { Log, ReportingDescriptor, Result, Run } from "sarif";
import { shortHash } from "../../kubernetes/names.ts";
import type { Finding } from "../../policies/finding.ts";
import type { Exemption } from "../../kubernetes/manifest.ts";
import { hardeningRules } from "../../policies/hardening/rules.ts";
import type { Checked, LocateFinding } from "./checked.ts";

/**
 * For code scanners' views: a run per stack. What is exempt stands there as well, suppressed, with its reason.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function toSarif(stacks: readonly Checked[], locate: LocateFinding): string {
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: stacks.map((stack) => runOf(stack, locate)),
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function runOf({ name, findings, waived, rules }: Checked, locate: LocateFinding): Run {
  const ids = [...new Set([...rules, ...findings.map(({ rule }) => rule)])];
  const resultOf = (finding: Finding, exemption?: Exemption): Result => {
    const { path, line } = locate(name, finding);
    return {
      ruleId: finding.rule,
      ruleIndex: ids.indexOf(finding.rule),
      level: "error",
      message: { text: `${finding.problem} ${finding.fix}` },
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: encodeURI(path) }, region: { startLine: line } },
          logicalLocations: [{ fullyQualifiedName: finding.place }],
        },
      ],
      // The same for the same finding, so that a view can tell what is new.
      partialFingerprints: {
        "finding/v1": shortHash([name, finding.rule, finding.place, finding.problem].join("\n")),
      },
      suppressions:
        exemption === undefined
          ? []
          : [{ kind: "inSource", justification: `${exemption.reason} (until ${exemption.until})` }],
    };
  };
  return {
    tool: { driver: { name: "suoke", rules: ids.map(descriptorOf) } },
    automationDetails: { id: `policies/${name}/` },
    results: [
      ...findings.map((finding) => resultOf(finding)),
      ...waived.map(({ finding, exemption }) => resultOf(finding, exemption)),
    ],
  };
}

function descriptorOf(id: string): ReportingDescriptor {
  const rule = hardeningRules.get(id);
  if (rule === undefined) return { id };
  return {
    id,
    shortDescription: { text: rule.reason },
    help: { text: rule.fix },
    // What scanners call the same.
    properties: { tags: [...new Set(Object.values(rule.covers).flat())] },
  };
}
