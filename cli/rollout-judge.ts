import type { Judged, Measured } from "../delivery/rollout-gate.ts";
import { fewestRequests, gateFindings } from "../delivery/rollout-gate.ts";
import type { Situation, Wish } from "../delivery/rollout-steps.ts";
import type { Finding } from "../policies/finding.ts";
import { UsageError } from "../policies/finding.ts";
import type { Environment } from "../stacks/environment.ts";
import { imageReference } from "../stacks/images.ts";
import { objectivesOf } from "../stacks/monitoring.ts";
import { runningServices } from "../stacks/platform.ts";
import { measure } from "./rollout-gate.ts";

export interface GateOptions {
  readonly gate?: true;
  readonly prometheusUrl?: string;
  /** Requests to judge by. */
  readonly samples?: string;
  /** How far back to look, such as 30m. */
  readonly over?: string;
}

export interface Judgement {
  readonly measured: Measured;
  readonly findings: readonly Finding[];
}

/**
 * Whether the requests of the step so far were answered as the service promises; nothing when that is not asked.
 * @throws {UsageError} when it cannot be judged
 */
export async function judge(
  situation: Situation,
  wish: Wish,
  loaded: Environment,
  options: GateOptions,
): Promise<Judgement | undefined> {
  const { service } = situation;
  if (options.gate !== true) {
    const without = (["samples", "over"] as const).find((name) => options[name] !== undefined);
    if (without !== undefined) throw new UsageError(`--${without} is for the gate. Add --gate, or leave it out.`);
    return undefined;
  }
  const { prometheusUrl = "" } = options;
  if (prometheusUrl === "") {
    throw new UsageError("The gate asks Prometheus. Say where it is: --prometheus-url <url>, or PROMETHEUS_URL.");
  }
  const { track, version } = judgedTrack(situation, wish);
  const objective = objectivesOf(loaded, runningServices(loaded).values()).find((each) => each.service === service);
  if (objective === undefined) throw new UsageError(`${service} promises nothing that a gate could judge.`);
  const judged: Judged = {
    track,
    version: imageReference(service, version, loaded.settings).version,
    seconds: options.over === undefined ? await secondsOfStep(situation) : duration(options.over),
  };
  const measured = await measure(prometheusUrl, objective, judged);
  const fewest = options.samples === undefined ? fewestRequests(objective) : count(options.samples);
  return { measured, findings: gateFindings(measured, objective, judged, fewest) };
}

/** The track whose requests tell whether to go on. @throws {UsageError} when there is none */
function judgedTrack(
  { environment, service, rollout }: Situation,
  wish: Wish,
): { readonly track: Judged["track"]; readonly version: string } {
  const { canary, blueGreen } = rollout ?? {};
  if (wish.kind === "weight" || wish.kind === "promote") {
    if (canary !== undefined && canary.weight > 0) return { track: "canary", version: canary.image };
    if (blueGreen?.active === "green") return { track: "green", version: blueGreen.green };
  }
  throw new UsageError(
    `--gate judges the requests that a canary or green gets, before --weight or --promote; ${service} has none of them to judge in ${environment}. Leave it out.`,
  );
}

/** Since the routes, or the service's host, have been as they are. */
async function secondsOfStep({ service, live }: Situation): Promise<number> {
  const { since } = await live();
  if (since === undefined) {
    throw new UsageError(
      `The cluster does not tell since when ${service}'s requests go where they go. Say it: --over 30m`,
    );
  }
  return Math.max(60, (Date.now() - Date.parse(since)) / 1000);
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

function duration(text: string): number {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * units[(unit ?? "s") as keyof typeof units];
  if (!(seconds > 0)) throw new UsageError(`"${text}" is no time such as 30m or 2h (--over).`);
  return seconds;
}

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`"${text}" is no number of requests above 0 (--samples).`);
  return Number(text);
}
