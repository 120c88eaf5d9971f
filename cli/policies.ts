import type { Component, Exemption } from "../kubernetes/manifest.ts";
import { root } from "../local/paths.ts";
import { expiredExemptions } from "../policies/hardening/expiry.ts";
import { hardeningRules } from "../policies/hardening/rules.ts";
import { loadEnvironment } from "../stacks/load.ts";
import { environmentNames } from "../stacks/environment.ts";
import { platform } from "../stacks/platform.ts";
import { clusterNames, loadCluster } from "./generated.ts";

/** An exemption and whose it is. */
export interface Exempt extends Exemption {
  readonly component: string;
  /** Environments and clusters in which it stands. */
  readonly stacks: readonly string[];
}

/**
 * Shows the rules, or the exemptions from them. Exit code 1 when exemptions have expired.
 * @param today `2026-11-24`
 */
export function policiesCommand({ json, rules }: { readonly json?: true; readonly rules?: true }, today: string): void {
  if (rules === true) {
    const all = [...hardeningRules.values()].map(({ id, covers, reason, fix }) => ({ id, reason, fix, covers }));
    process.stdout.write(
      json === true ? print(all) : all.map(({ id, reason, fix }) => `${id}\n  ${reason}\n  ${fix}\n`).join(""),
    );
    return;
  }
  const stacks = stacksOf();
  const exemptions = exemptionsOf(stacks);
  const expired = stacks.flatMap(({ components }) => expiredExemptions(components, today));
  process.stdout.write(json === true ? print(exemptions) : formatExemptions(exemptions, today));
  if (expired.length > 0) process.exitCode = 1;
}

interface Stack {
  readonly name: string;
  readonly components: readonly Component[];
}

function stacksOf(): Stack[] {
  return [
    ...environmentNames.map((name) => ({ name, components: platform(loadEnvironment(name, root)) })),
    ...clusterNames(root).map((name) => ({ name: `cluster/${name}`, components: loadCluster(name, root) })),
  ];
}

/** Every exemption once, with the stacks that have it. */
export function exemptionsOf(stacks: readonly Stack[]): Exempt[] {
  const all = stacks.flatMap(({ name, components }) =>
    components.flatMap(({ name: component, exemptions = [] }) =>
      exemptions.map((exemption) => ({ stack: name, component, exemption })),
    ),
  );
  const same = Map.groupBy(all, ({ component, exemption }) => JSON.stringify([component, exemption]));
  return [...same.values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [
          {
            component: first.component,
            ...first.exemption,
            stacks: [first, ...others].map(({ stack }) => stack),
          },
        ],
  );
}

/** By the day on which somebody looks at them again. */
export function formatExemptions(exemptions: readonly Exempt[], today: string): string {
  const sorted = exemptions.toSorted((a, b) => a.until.localeCompare(b.until) || a.rule.localeCompare(b.rule));
  return sorted
    .map(({ component, rule, until, reason, objects = [], stacks }) =>
      [
        `${until}${until < today ? " EXPIRED" : ""}  ${rule}  ${component} (${stacks.join(", ")})`,
        ...(objects.length === 0 ? [] : [`            of ${objects.join(", ")}`]),
        `            ${reason}`,
        "",
      ].join("\n"),
    )
    .join("");
}

function print(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
