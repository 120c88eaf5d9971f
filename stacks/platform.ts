import type { Service } from "../catalogue/service.ts";
import { sizes } from "../catalogue/sizes.ts";
import { registration } from "../components/consul/catalogue.ts";
import type { Image, MicroserviceArgs } from "../components/microservice/args.ts";
import { configFiles } from "../components/microservice/config.ts";
import { environmentVariables } from "../components/microservice/env.ts";
import { microservice } from "../components/microservice/microservice.ts";
import type { Runtime } from "../components/runtime/runtime.ts";
import { runtime } from "../components/runtime/runtime.ts";
import type { Systems } from "../components/systems.ts";
import type { Component } from "../kubernetes/manifest.ts";
import { byKey } from "../kubernetes/names.ts";
import { waves } from "../kubernetes/order.ts";
import { catalogueFindings } from "../policies/catalogue.ts";
import { environmentFindings, rotationFindings } from "../policies/environment.ts";
import { refuse } from "../policies/finding.ts";
import type { Hardened } from "../policies/hardening/hardening.ts";
import { harden } from "../policies/hardening/hardening.ts";
import type { Promises } from "../policies/hardening/rule.ts";
import { renderedFindings } from "../policies/rendered.ts";
import type { Callers } from "./connections.ts";
import { callersOf, egressOf, ingressOf } from "./connections.ts";
import type { Environment } from "./environment.ts";
import { imageOf } from "./images.ts";
import { clusterOffers } from "./offers.ts";
import { buildMonitoring } from "./monitoring.ts";
import { rolloutOf } from "./rollouts.ts";
import { buildSystems } from "./systems.ts";

/**
 * The whole platform of one environment: checked data in, checked components out, in dependency order. Pure.
 * @throws {Findings} with everything that is wrong with the catalogue and the environment, or with what was built
 */
export function platform(environment: Environment<string>): readonly Component[] {
  const { components, findings } = judge(environment);
  refuse(findings);
  return components;
}

/**
 * The same with what is wrong beside it, for reports. Nothing of it may be applied while there are findings.
 * @throws {Findings} with what kept a part of it from being built
 */
export function judge(environment: Environment<string>): Hardened {
  refuse([...catalogueFindings(environment.catalogue), ...environmentFindings(environment)]);
  const asked = new Set<string>();
  const components = build(environment, (id) => {
    asked.add(id);
    return environment.settings.rotations[id] ?? 0;
  });
  const hardened = harden(components, promisesOf(environment));
  return {
    ...hardened,
    findings: [
      ...rotationFindings(environment, [...asked].sort()),
      ...renderedFindings(components, clusterOffers(environment.data)),
      ...hardened.findings,
    ],
  };
}

/** What an environment promises beyond what every one of them does, by its data. */
export function promisesOf({ data }: Pick<Environment<string>, "data">): Promises {
  return { digests: data.images === "pinned", redundant: data.zones.spread === "required" };
}

function build(environment: Environment<string>, rotations: (id: string) => number): readonly Component[] {
  const { data, settings } = environment;
  const running = runningServices(environment);
  const shared = runtime({ namespace: data.namespace, registry: settings.registry, rotations });
  const { systems, components } = buildSystems(environment, [...running.values()], rotations, shared);
  const context = { environment, running, systems, shared, callers: callersOf(running.values()) };
  const services = [...running.values()].map((service) => microservice(serviceArgs(service, context)));
  const watched = [...components, ...services];
  const monitoring = buildMonitoring(environment, [...running.values()], systems, watched, rotations);
  return waves([...watched, shared.component, ...monitoring]).flat();
}

/** The services that an environment runs, by name and in its order: nothing may depend on the order of the files. */
export function runningServices({ catalogue, data }: Environment<string>): ReadonlyMap<string, Service<string>> {
  return new Map(
    Object.entries(catalogue)
      .filter(([name]) => data.services[name]?.kind === "on")
      .sort(byKey),
  );
}

/** What the arguments of every service are made from. */
interface Context {
  readonly environment: Environment<string>;
  readonly running: ReadonlyMap<string, Service<string>>;
  readonly systems: Systems;
  readonly shared: Runtime;
  readonly callers: Callers;
}

function serviceArgs(service: Service<string>, context: Context): MicroserviceArgs {
  const { running, systems, shared } = context;
  const { data, settings } = context.environment;
  const declared = data.services[service.name];
  if (declared?.kind !== "on") throw new Error(`${service.name} is off and has nothing to build.`);
  const image = imageOf(service.name, settings);
  const rollout = rolloutOf(service.name, context.environment);
  const resources = sizes[declared.size ?? service.size];
  const gateway = service.configFile.kind === "gateway";
  const callees = new Map(service.needs.calls.flatMap((call) => entry(running, call.service)));
  const env = ({ version }: Image): MicroserviceArgs["env"] =>
    environmentVariables({
      service,
      systems,
      resources,
      namespace: data.namespace,
      environment: data.name,
      version,
      logLevel: data.logLevel,
      traceSampleRatio: data.traceSampleRatio,
      pythonHashSeed: shared.pythonHashSeed,
    });
  return {
    service,
    namespace: data.namespace,
    image,
    pullSecret: shared.pullSecret,
    scaling: rollout?.stableScaling ?? declared.scaling,
    resources,
    placement: { zoneSpread: data.zones.spread, priorityClass: gateway ? "suoke-edge" : "suoke-service" },
    env: env(image),
    ...(rollout === undefined
      ? {}
      : {
          rollout: {
            second: { ...rollout.track, env: env(rollout.track.image) },
            serves: rollout.kind === "blueGreen" && rollout.active === "green" ? "green" : "stable",
          },
        }),
    config: configFiles({
      service,
      callees,
      routes: gateway ? routesThroughGateway(running) : [],
      environment: data.name,
      logLevel: data.logLevel,
      ...(systems.tracing === undefined
        ? {}
        : { tracing: { endpoint: systems.tracing.endpoint, sampleRatio: data.traceSampleRatio } }),
    }),
    edge: {
      http: systems.edge?.annotations(service.name, "http") ?? {},
      grpc: systems.edge?.annotations(service.name, "grpc") ?? {},
    },
    ...(systems.consul?.registers === true ? { registration: registration(service, data.name) } : {}),
    ingress: ingressOf(service, context.callers, systems),
    egress: egressOf(service, running, systems, settings),
    dependsOn: [
      // A call that closes a cycle does not order the two.
      ...service.needs.calls
        .filter((call) => running.has(call.service) && call.cycleBecause === undefined)
        .map((call) => call.service),
      ...(service.needs.database === undefined ? [] : (systems.postgres?.ready ?? [])),
    ],
  };
}

function routesThroughGateway(running: ReadonlyMap<string, Service<string>>) {
  return [...running.values()].flatMap((service) =>
    service.routes.filter(({ via }) => via === "gateway").map((route) => ({ route, service })),
  );
}

/** A map's entry, or nothing. */
function entry<Value>(map: ReadonlyMap<string, Value>, key: string): (readonly [string, Value])[] {
  const value = map.get(key);
  return value === undefined ? [] : [[key, value]];
}
