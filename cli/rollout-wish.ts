import type { Wish } from "../delivery/rollout-steps.ts";
import { UsageError } from "../policies/finding.ts";
import { image } from "../stacks/settings.ts";

/** What a step can be asked by; one at a time. */
export interface WishOptions {
  readonly canary?: string;
  readonly green?: string;
  readonly weight?: string;
  readonly promote?: true;
  readonly abort?: true;
  readonly flip?: true;
}

const ways = ["--canary <version>", "--green <version>", "--weight <percent>", "--flip", "--promote", "--abort"];

/** @throws {UsageError} when it is none of them, several, or not a value that there is */
export function wishOf({ canary, green, weight, promote, abort, flip }: WishOptions): Wish {
  const wishes: Wish[] = [
    ...(canary === undefined ? [] : [{ kind: "canary" as const, image: version(canary) }]),
    ...(green === undefined ? [] : [{ kind: "green" as const, image: version(green) }]),
    ...(weight === undefined ? [] : [{ kind: "weight" as const, percent: percent(weight) }]),
    ...(promote === true ? [{ kind: "promote" as const }] : []),
    ...(abort === true ? [{ kind: "abort" as const }] : []),
    ...(flip === true ? [{ kind: "flip" as const }] : []),
  ];
  const [wish, another] = wishes;
  if (wish === undefined || another !== undefined) {
    throw new UsageError(
      wish === undefined
        ? `Say which step: ${ways.join(", ")}.`
        : `--${wish.kind} and --${another?.kind} are two steps. Take one, apply it, and then the other.`,
    );
  }
  return wish;
}

function percent(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 100) throw new UsageError(`"${text}" is no weight: give 0 to 100, in percent.`);
  return value;
}

function version(text: string): string {
  const problem = image.safeParse(text).error?.issues[0]?.message;
  if (problem !== undefined) throw new UsageError(`"${text}" ${problem}.`);
  return text;
}
