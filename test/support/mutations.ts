import { accessMutations } from "./mutations/access.ts";
import { availabilityMutations } from "./mutations/availability.ts";
import { containerMutations } from "./mutations/containers.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { networkMutations } from "./mutations/network.ts";
import { objectMutations } from "./mutations/objects.ts";
import { podMutations } from "./mutations/pods.ts";

export type { Mutation } from "./mutations/mutation.ts";

/** Every kind of weakening that the rules must notice, wherever the render has a place for it. */
export const mutations: readonly Mutation[] = [
  ...podMutations,
  ...containerMutations,
  ...availabilityMutations,
  ...networkMutations,
  ...accessMutations,
  ...objectMutations,
];
