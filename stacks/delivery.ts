import type { Freeze } from "../delivery/gates.ts";
import type { EnvironmentName } from "./environment.ts";

/** How an environment gets what it runs. */
export interface Flow {
  /** Branch whose pipeline deploys it. */
  readonly branch: string;
  /** Environment that must have shown that an image works before this one takes it. */
  readonly provenIn?: EnvironmentName;
  /** Whether freezes and the error budget hold deployments up. */
  readonly gated: boolean;
}

export const flows: Readonly<Record<EnvironmentName, Flow>> = {
  dev: { branch: "develop", gated: false },
  staging: { branch: "main", gated: false },
  prod: { branch: "main", provenIn: "staging", gated: true },
};

/** Times in which gated environments change only for a reason that somebody states (`--override <reason>`). */
export const freezes: readonly Freeze[] = [
  { from: "2027-02-04T16:00:00Z", to: "2027-02-14T16:00:00Z", reason: "Spring Festival 2027" },
  { from: "2027-09-29T16:00:00Z", to: "2027-10-07T16:00:00Z", reason: "National Day 2027" },
];
