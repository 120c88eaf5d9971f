import { xml } from "../formats/xml.ts";
import type { Checked, LocateFinding } from "./checked.ts";
import { byRule } from "./checked.ts";

/**
 * GitLab's test widget: a suite per stack, a case per rule.
 * https://docs.gitlab.com/ci/testing/unit_test_reports/
 */
export function toJunit(stacks: readonly Checked[], locate: LocateFinding): string {
  const suites = stacks.map((stack) => {
    const rules = [...byRule(stack)];
    const failed = rules.filter(([, findings]) => findings.length > 0).length;
    return [
      `  <testsuite name="${xml(stack.name)}" tests="${rules.length}" failures="${failed}">`,
      ...rules.map(([rule, findings]) => {
        const name = `classname="${xml(stack.name)}" name="${xml(rule)}" time="0"`;
        const [first] = findings;
        if (first === undefined) return `    <testcase ${name}/>`;
        const more = findings.length === 1 ? "" : ` (and ${findings.length - 1} more)`;
        const lines = findings.map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);
        return [
          `    <testcase ${name} file="${xml(locate(stack.name, first).path)}">`,
          `<failure type="${xml(rule)}" message="${xml(`${first.place}: ${first.problem}${more}`)}">`,
          `${xml(lines.join("\n"))}</failure></testcase>`,
        ].join("");
      }),
      "  </testsuite>",
    ].join("\n");
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...suites, "</testsuites>", ""].join("\n");
}
