import type { Scaling } from "../components/microservice/args.ts";
import { replicaRange } from "../components/microservice/args.ts";
import { UsageError } from "../policies/finding.ts";
import { sameVersion } from "../stacks/images.ts";
import type { RolloutSettings, Versions } from "./rollout-file.ts";
import type { LiveService } from "./rollout-live.ts";
import { podsThatServe, rolledOut } from "./rollout-live.ts";

/** What somebody wants of a service's rollout. */
export type Wish =
  | { readonly kind: "canary" | "green"; readonly image: string }
  | { readonly kind: "weight"; readonly percent: number }
  | { readonly kind: "promote" | "abort" | "flip" };

/** A service in an environment, as the settings have it, with a way to look at what runs. */
export interface Situation extends Versions {
  readonly environment: string;
  readonly service: string;
  readonly scaling: Scaling;
  /** `registry/name:version` of a version. */
  readonly reference: (version: string) => string;
  /** Only steps that add load ask: traffic must be taken back also when the cluster's API does not answer. */
  readonly live: () => Promise<LiveService>;
}

/** One change of the settings, to be applied before the next one. */
export interface Step extends Versions {
  /** What it does, as the title of a commit. */
  readonly title: string;
  /** What to do once it is applied. */
  readonly next: string;
}

/** The next step towards what is wished. @throws {UsageError} when it cannot be taken, or not yet */
export async function nextStep(situation: Situation, wish: Wish): Promise<Step> {
  switch (wish.kind) {
    case "canary":
    case "green":
      return begin(situation, wish);
    case "weight":
      return shift(situation, wish.percent);
    case "flip":
      return flip(situation, blueGreenOf(situation));
    case "promote":
      return situation.rollout?.blueGreen === undefined
        ? promoteCanary(situation, canaryOf(situation))
        : promoteGreen(situation, situation.rollout.blueGreen);
    case "abort":
      return situation.rollout?.blueGreen === undefined
        ? abortCanary(situation, canaryOf(situation))
        : abortGreen(situation, situation.rollout.blueGreen);
  }
}

type Canary = NonNullable<RolloutSettings["canary"]>;
type BlueGreen = NonNullable<RolloutSettings["blueGreen"]>;

function canaryOf({ environment, service, rollout }: Situation): Canary {
  if (rollout?.canary !== undefined) return rollout.canary;
  throw new UsageError(
    rollout === undefined
      ? `${service} has no rollout in ${environment}. Begin one: ./suoke rollout ${environment} ${service} --canary <version>`
      : `${service} has blue and green in ${environment}, and no canary. Use --flip, --promote or --abort.`,
  );
}

function blueGreenOf({ environment, service, rollout }: Situation): BlueGreen {
  if (rollout?.blueGreen !== undefined) return rollout.blueGreen;
  throw new UsageError(
    rollout === undefined
      ? `${service} has no rollout in ${environment}. Begin one: ./suoke rollout ${environment} ${service} --green <version>`
      : `${service} has a canary in ${environment}, and not blue and green. Use --weight, --promote or --abort.`,
  );
}

function begin(situation: Situation, wish: { readonly kind: "canary" | "green"; readonly image: string }): Step {
  const { environment, service, image, rollout } = situation;
  if (rollout !== undefined) {
    const { canary, blueGreen } = rollout;
    const now = canary === undefined ? `blue and green (${blueGreen?.green})` : `a canary (${canary.image})`;
    throw new UsageError(`${service} has ${now} in ${environment} already. End that with --promote or --abort.`);
  }
  if (sameVersion(wish.image, image)) {
    throw new UsageError(`${environment} runs ${service} ${image} already. Give the version that is to be tried.`);
  }
  return wish.kind === "canary"
    ? {
        image,
        rollout: { canary: { image: wish.image, weight: 0, minReplicas: within(situation, 0) } },
        title: `Start a canary of ${service} in ${environment}`,
        next: "Then give it requests: --weight 10",
      }
    : {
        image,
        rollout: { blueGreen: { active: "blue", blue: image, green: wish.image } },
        title: `Start a green ${service} in ${environment}`,
        next: "Then send requests to it: --flip",
      };
}

async function shift(situation: Situation, percent: number): Promise<Step> {
  const { environment, service, image, reference } = situation;
  const canary = canaryOf(situation);
  if (canary.stableMinReplicas !== undefined) {
    throw new UsageError(`${service} is being promoted in ${environment}: its weight stays as it is. Go on: --promote`);
  }
  const title = `Send ${percent} % of ${service}'s requests to its canary in ${environment}`;
  const next = percent === 0 ? "Then remove the canary: --abort" : "Then watch it, and go on: --weight or --promote";
  // Taking requests back needs no pods that are not there.
  if (percent < canary.weight) return { image, rollout: { canary: { ...canary, weight: percent } }, title, next };
  const live = await situation.live();
  rolledOut(live.canary, `${service}-canary`, reference(canary.image));
  refuseUnapplied(situation, canary.weight, live);
  const all = Math.max(podsThatServe(live), replicaRange(situation.scaling).min);
  const minReplicas = within(situation, Math.ceil((percent / 100) * all));
  return { image, rollout: { canary: { ...canary, weight: percent, minReplicas } }, title, next };
}

/** The stable track takes the canary's image while the canary still serves; then all requests; then it is alone. */
async function promoteCanary(situation: Situation, canary: Canary): Promise<Step> {
  const { environment, service, image, reference } = situation;
  const live = await situation.live();
  if (canary.stableMinReplicas === undefined) {
    if (canary.weight === 0) {
      throw new UsageError(
        `Nothing is known of ${service}'s canary in ${environment}: its weight is 0. Raise it first.`,
      );
    }
    rolledOut(live.canary, `${service}-canary`, reference(canary.image));
    refuseUnapplied(situation, canary.weight, live);
    const stableMinReplicas = within(situation, podsThatServe(live));
    return {
      image: canary.image,
      rollout: { canary: { ...canary, stableMinReplicas } },
      title: `Promote ${service}'s canary in ${environment}: the stable track takes its image`,
      next: "When that has rolled out, send all requests to it: --promote",
    };
  }
  if (canary.weight > 0) {
    const stable = rolledOut(live.stable, service, reference(image));
    refuseFew(service, stable.available, canary.stableMinReplicas);
    return {
      image,
      rollout: { canary: { ...canary, weight: 0 } },
      title: `Promote ${service}'s canary in ${environment}: the stable track takes all requests`,
      next: "Then remove the canary: --promote",
    };
  }
  refuseUnapplied(situation, 0, live);
  return {
    image,
    rollout: undefined,
    title: `End the rollout of ${service} in ${environment}: its canary is promoted`,
    next: "That is all.",
  };
}

async function abortCanary(situation: Situation, canary: Canary): Promise<Step> {
  const { environment, service, image } = situation;
  refusePromoted(situation, canary.stableMinReplicas !== undefined);
  if (canary.weight > 0) {
    return {
      image,
      rollout: { canary: { ...canary, weight: 0 } },
      title: `Abort ${service}'s canary in ${environment}: it gets no more requests`,
      next: "Then remove it: --abort",
    };
  }
  refuseUnapplied(situation, 0, await situation.live());
  return {
    image,
    rollout: undefined,
    title: `End the rollout of ${service} in ${environment}: its canary is aborted`,
    next: "That is all.",
  };
}

/** To the other one; first with as many pods as the one that serves has, when it has fewer. */
async function flip(situation: Situation, blueGreen: BlueGreen): Promise<Step> {
  const { environment, service, image, reference } = situation;
  const to = blueGreen.active === "blue" ? "green" : "blue";
  const live = await situation.live();
  refuseOtherColour(situation, blueGreen.active, live);
  const name = to === "green" ? `${service}-green` : service;
  const idle = rolledOut(to === "green" ? live.green : live.stable, name, reference(blueGreen[to]));
  const minReplicas = within(situation, podsThatServe(live));
  return idle.available < minReplicas
    ? {
        image,
        rollout: { blueGreen: { ...blueGreen, minReplicas } },
        title: `Give ${to} as many pods as serve ${service} in ${environment}`,
        next: `${name} has ${idle.available} pods, and ${minReplicas} serve. When it has as many, flip: --flip`,
      }
    : {
        image,
        rollout: { blueGreen: { ...blueGreen, active: to, minReplicas } },
        title: `Send ${service}'s requests to ${to} in ${environment}`,
        next: to === "green" ? "Then watch it, and end: --promote or --abort" : "Then watch it.",
      };
}

/** Blue takes green's image while green serves; then all requests; then it is alone. */
async function promoteGreen(situation: Situation, blueGreen: BlueGreen): Promise<Step> {
  const { environment, service, image } = situation;
  const { active, blue, green } = blueGreen;
  if (active === "green" && blue !== green) {
    refuseOtherColour(situation, "green", await situation.live());
    return {
      image: green,
      rollout: { blueGreen: { ...blueGreen, blue: green } },
      title: `Promote green of ${service} in ${environment}: blue takes its image`,
      next: "When that has rolled out, send all requests to it: --promote",
    };
  }
  if (active === "green") return flip(situation, blueGreen);
  if (blue !== green) {
    throw new UsageError(`Nothing is known of ${service}'s green in ${environment}: blue serves. Flip first: --flip`);
  }
  refuseOtherColour(situation, "blue", await situation.live());
  return {
    image,
    rollout: undefined,
    title: `End the rollout of ${service} in ${environment}: green is promoted`,
    next: "That is all.",
  };
}

async function abortGreen(situation: Situation, blueGreen: BlueGreen): Promise<Step> {
  const { environment, service, image } = situation;
  const { active, blue, green } = blueGreen;
  refusePromoted(situation, blue === green);
  if (active === "green") {
    return {
      image,
      rollout: { blueGreen: { ...blueGreen, active: "blue" } },
      title: `Abort green of ${service} in ${environment}: blue takes all requests`,
      next: "Then remove it: --abort",
    };
  }
  refuseOtherColour(situation, "blue", await situation.live());
  return {
    image,
    rollout: undefined,
    title: `End the rollout of ${service} in ${environment}: green is aborted`,
    next: "That is all.",
  };
}

/** A number of pods, as the service's scaling allows it: two where it has several, as one is gone whenever a node is. */
function within({ scaling }: Situation, pods: number): number {
  const { min, max } = replicaRange(scaling);
  return Math.min(Math.max(Math.min(2, min), pods), max);
}

function refuseUnapplied({ environment, service }: Situation, weight: number, live: LiveService): void {
  if (live.weight === weight) return;
  throw new UsageError(
    `${service}'s canary gets ${live.weight} % of the requests in ${environment}, and the settings say ${weight} %. Apply them, then go on.`,
  );
}

function refuseOtherColour({ environment, service }: Situation, active: "blue" | "green", live: LiveService): void {
  const serves = live.serves === "green" ? "green" : "blue";
  if (serves === active) return;
  throw new UsageError(
    `${serves} of ${service} gets the requests in ${environment}, and the settings say ${active}. Apply them, then go on.`,
  );
}

function refuseFew(name: string, available: number, needed: number): void {
  if (available >= needed) return;
  throw new UsageError(`${name} has ${available} of ${needed} pods that it needs for all requests. Wait for them.`);
}

function refusePromoted({ environment, service }: Situation, promoted: boolean): void {
  if (!promoted) return;
  throw new UsageError(
    `${service} is being promoted in ${environment}: no track runs the old image any more. ` +
      `Go back to it: ./suoke rollback ${environment} ${service}`,
  );
}
