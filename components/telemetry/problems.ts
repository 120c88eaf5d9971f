import type { PersonalData } from "../../catalogue/personal-data.ts";
import { personalActions } from "../../catalogue/personal-data.ts";
import { parseQuantity } from "../../kubernetes/quantity.ts";
import type { ManagedTracing, Sampling } from "./data.ts";

/** The least for a collector that is not only busy with collecting garbage. */
const leastMemory = "256Mi";

/** What cannot be meant: shares that are none, services that are not there, personal data that would go through. */
export function tracingProblems(tracing: ManagedTracing, services: readonly string[]): string[] {
  return [
    ...samplingProblems(tracing.sampling, services),
    ...personalProblems(tracing.personal),
    ...Object.entries({ agent: tracing.agent, gateway: tracing.gateway })
      .filter(([, { memory }]) => parseQuantity(memory) < parseQuantity(leastMemory))
      .map(([name, { memory }]) => `${name}.memory is ${memory}; give ${leastMemory} or more.`),
  ];
}

function samplingProblems({ ratio, services, slowMs }: Sampling, known: readonly string[]): string[] {
  const share = (name: string, value: number): string[] =>
    value >= 0 && value <= 1 ? [] : [`sampling.${name} is ${value}; give a share from 0 to 1.`];
  return [
    ...share("ratio", ratio),
    ...Object.entries(services).flatMap(([service, rate]) => [
      ...share(`services.${service}`, rate),
      ...(known.includes(service)
        ? []
        : [
            `sampling.services.${service} is no service that runs here. Turn it on, or remove it. Known: ${known.join(", ")}.`,
          ]),
      // A trace is kept when any rule keeps it, so that a lower share would have no effect.
      ...(rate < ratio
        ? [`sampling.services.${service} is ${rate}, less than sampling.ratio ${ratio}; give more, or remove it.`]
        : []),
    ]),
    ...(slowMs > 0 ? [] : [`sampling.slowMs is ${slowMs}; give milliseconds above 0.`]),
  ];
}

function personalProblems({ keys, values }: PersonalData): string[] {
  return [
    ...(keys.length === 0
      ? [
          "personal.keys is empty: health data would be readable in traces and logs. List attributes in catalogue/personal-data.ts.",
        ]
      : []),
    ...keys
      .filter(({ action }) => !(personalActions as readonly string[]).includes(action))
      .map(
        ({ pattern, action }) =>
          `personal.keys ${pattern} has the action "${action}"; use ${personalActions.join(" or ")}.`,
      ),
    ...[...keys, ...values].flatMap(({ pattern }) =>
      isPattern(pattern)
        ? []
        : [
            `personal: ${pattern} is no pattern that collectors know. Write it in RE2, without look-around and back references.`,
          ],
    ),
  ];
}

/** Collectors read RE2 (https://github.com/google/re2/wiki/Syntax), which has most of our patterns but not these. */
const notInRe2 = /\(\?(<?[=!])|\\[1-9]|\\k</;

function isPattern(text: string): boolean {
  if (notInRe2.test(text)) return false;
  try {
    return new RegExp(text).source !== "(?:)";
  } catch {
    return false;
  }
}
