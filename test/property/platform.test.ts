import { randomInt } from "node:crypto";
import fc from "fast-check";
import { beforeAll, describe, it } from "vitest";
import type { Component, KubernetesObject } from "../../kubernetes/manifest.ts";
import { describeObject, objectsOf } from "../../kubernetes/manifest.ts";
import { podsOf, selects } from "../../policies/pods.ts";
import { placedOf } from "../../review/placed.ts";
import type { Environment } from "../../stacks/environment.ts";
import { platform } from "../../stacks/platform.ts";
import { anyEnvironment } from "../support/arbitrary.ts";

type Law = (components: readonly Component[], environment: Environment<string>) => boolean;

const laws = new Map<string, Law>();
const seed = randomInt(2 ** 31);
const runs = { seed, numRuns: 60 };
const broken = new Set<string>();

/** States what holds for the platform of any valid environment. */
function always(name: string, holds: Law): void {
  laws.set(name, holds);
  it(name, () => {
    if (!broken.has(name)) return;
    // The same draws once more, for this law alone: it fails with the smallest environment that breaks it.
    fc.assert(
      fc.property(anyEnvironment(), (environment) => holds(platform(environment), environment)),
      runs,
    );
    throw new Error(`It did not hold with seed ${seed}, and then it did: it depends on more than its environment.`);
  });
}

// Building is what costs: each environment is built once for all laws.
beforeAll(() => {
  fc.assert(
    fc.property(anyEnvironment(), (environment) => {
      const components = platform(environment);
      for (const [name, holds] of laws) if (!holds(components, environment)) broken.add(name);
    }),
    runs,
  );
});

const workloads = (objects: readonly KubernetesObject[]) =>
  objects.filter(({ kind }) => kind === "DaemonSet" || kind === "Deployment" || kind === "StatefulSet");
const deployments = (objects: readonly KubernetesObject[]) => objects.filter((object) => object.kind === "Deployment");

describe("for any valid catalogue", () => {
  always("names are unique by kind", (components) => {
    const names = objectsOf(components).map(describeObject);
    return new Set(names).size === names.length;
  });

  always("a Deployment's selector matches its own pods and no other Deployment's", (components) => {
    const all = deployments(objectsOf(components));
    return all.every(({ metadata, spec }) =>
      all.every((other) => {
        const matches = selects(spec?.selector.matchLabels, podsOf(other)?.labels ?? {});
        return matches === (other.metadata.name === metadata.name);
      }),
    );
  });

  always("every Service leads to exactly one workload", (components) => {
    const objects = objectsOf(components);
    return objects.every(
      (object) =>
        object.kind !== "Service" ||
        workloads(objects).filter((each) => selects(object.spec?.selector, podsOf(each)?.labels ?? {})).length === 1,
    );
  });

  always("each component comes after those it depends on", (components) => {
    const seen = new Set<string>();
    return components.every(({ name, dependsOn }) => {
      const ordered = dependsOn.every((dependency) => seen.has(dependency));
      seen.add(name);
      return ordered;
    });
  });

  always(
    "a call is let out by its caller and let in by its callee, and nobody else is",
    (components, { catalogue }) => {
      const policies = new Map(
        objectsOf(components).flatMap((object) =>
          object.kind === "NetworkPolicy" ? [[object.metadata.name, object.spec] as const] : [],
        ),
      );
      const apps = (rules: readonly { from?: unknown; to?: unknown }[] = []): string[] =>
        [...JSON.stringify(rules).matchAll(/"matchLabels":\{"app":"(service-[0-9]+)"\}/g)]
          .flatMap(([, app]) => app ?? [])
          .sort();
      return Object.values(catalogue).every(({ name, needs }) => {
        const callers = Object.values(catalogue).filter((other) =>
          other.needs.calls.some(({ service }) => service === name),
        );
        const out = apps(policies.get(name)?.egress);
        const into = apps(policies.get(name)?.ingress);
        return (
          JSON.stringify(out) === JSON.stringify(needs.calls.map(({ service }) => service).sort()) &&
          JSON.stringify(into) === JSON.stringify(callers.map((caller) => caller.name).sort())
        );
      });
    },
  );

  always("no replica count stands beside an autoscaler", (components) => {
    const objects = objectsOf(components);
    const scaled = objects.flatMap((object) =>
      object.kind === "HorizontalPodAutoscaler" ? [object.spec.scaleTargetRef.name] : [],
    );
    return deployments(objects).every(
      ({ metadata, spec }) => scaled.includes(metadata.name) !== (spec?.replicas !== undefined),
    );
  });

  always("the grace period holds the wait, the longest request and five seconds", (components, { catalogue }) =>
    deployments(objectsOf(components)).every(({ metadata, spec }) => {
      // What is no service waits for no request.
      if (catalogue[metadata.name] === undefined) return true;
      const pod = spec?.template.spec;
      const wait = pod?.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
      const longest = catalogue[metadata.name]?.longestRequestSeconds ?? 0;
      return (pod?.terminationGracePeriodSeconds ?? 0) >= wait + longest + 5;
    }),
  );

  it("what is built depends neither on the order of the catalogue nor on when it is done", () => {
    fc.assert(
      fc.property(anyEnvironment(), fc.infiniteStream(fc.nat()), (environment, random) => {
        const shuffle = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
          Object.fromEntries(
            Object.entries(record)
              .map((entry) => [random.next().value as number, entry] as const)
              .sort(([a], [b]) => a - b)
              .map(([, entry]) => entry),
          );
        const shuffled = {
          ...environment,
          catalogue: shuffle(environment.catalogue),
          data: { ...environment.data, services: shuffle(environment.data.services) },
        };
        return JSON.stringify(placedOf(platform(environment))) === JSON.stringify(placedOf(platform(shuffled)));
      }),
      { numRuns: 40 },
    );
  });
});
