import { load } from "js-yaml";
import { parsePromql } from "../../../components/monitoring/promql.ts";
import type { Component } from "../../../kubernetes/manifest.ts";
import { objectsOf } from "../../../kubernetes/manifest.ts";
import { platform } from "../../../stacks/platform.ts";
import { environmentOf } from "../environments.ts";

/** A rule as Prometheus reads it. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** A file that a component renders into a ConfigMap. */
export function renderedFile(components: readonly Component[], component: string, file: string): string {
  const maps = objectsOf(components.filter(({ name }) => name === component));
  for (const object of maps) {
    const text = object.kind === "ConfigMap" ? object.data?.[file] : undefined;
    if (text !== undefined) return text;
  }
  throw new Error(`${component} renders no ${file}.`);
}

/** The rules of prod, which has every system. */
export function rulesOf(environment: "dev" | "staging" | "prod" = "prod"): RuleFile {
  return load(renderedFile(platform(environmentOf(environment)), "prometheus", "suoke_life_rules.yml")) as RuleFile;
}

/** An alert's rule with the recordings that it is computed from: days of evaluation then take a moment. */
export function rulesFor({ groups }: RuleFile, alert: string): RuleFile {
  const all = groups.flatMap(({ rules }) => rules);
  const needed = new Set<Rule>();
  const need = (rule: Rule): void => {
    if (needed.has(rule)) return;
    needed.add(rule);
    const { metrics } = parsePromql(rule.expr);
    all.filter(({ record }) => record !== undefined && metrics.includes(record)).forEach(need);
  };
  all.filter((rule) => rule.alert === alert).forEach(need);
  return {
    groups: groups
      .map(({ name, rules }) => ({ name, rules: rules.filter((rule) => needed.has(rule)) }))
      .filter(({ rules }) => rules.length > 0),
  };
}
