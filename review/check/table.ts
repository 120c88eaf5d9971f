import type { Checked } from "./checked.ts";

/** For people: a line per finding with what to do, and a count per stack. */
export function toTable(stacks: readonly Checked[]): string {
  return stacks
    .map(({ name, findings, waived, rules }) => {
      const count = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
      const width = Math.max(0, ...findings.map(({ rule }) => rule.length));
      return [
        `${name}: ${rules.length} rules, ${count}, ${waived.length} exempt`,
        ...findings.flatMap(({ rule, place, problem, fix }) => [
          `  ${rule.padEnd(width)}  ${place}: ${problem}`,
          `  ${" ".repeat(width)}  ${fix}`,
        ]),
        "",
      ].join("\n");
    })
    .join("");
}
