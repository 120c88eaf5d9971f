import type { Service } from "../catalogue/service.ts";
import type { Configuration } from "../components/consul/consul.ts";
import { externalConsul, managedConsul } from "../components/consul/consul.ts";
import type { ServiceDocuments } from "../components/consul/documents.ts";
import { documentsOf } from "../components/consul/documents.ts";
import type { Runtime } from "../components/runtime/runtime.ts";
import type { Systems } from "../components/systems.ts";
import type { Rotations } from "../kubernetes/secrets.ts";
import { documentFindings } from "../policies/documents.ts";
import { refuse } from "../policies/finding.ts";
import { kubeApi } from "./connections.ts";
import type { Environment, EnvironmentData, ServiceData } from "./environment.ts";
import { imageOf, toolsImageName } from "./images.ts";

export interface ConsulArgs {
  readonly environment: Pick<Environment<string>, "data" | "settings">;
  readonly running: readonly Service<string>[];
  /** Consul holds references to the other systems, and so comes after them. */
  readonly systems: Omit<Systems, "consul">;
  readonly runtime: Pick<Runtime, "pullSecret">;
  readonly rotations: Rotations;
}

/**
 * The Consul of an environment; nothing where it is off.
 * @throws {Findings} with every document that cannot stand in Consul
 */
export function buildConsul({ environment, running, systems, runtime, rotations }: ConsulArgs): {
  readonly consul?: Configuration;
} {
  const { data, settings } = environment;
  const { namespace, zones } = data;
  const { consul } = data.systems;
  switch (consul.kind) {
    case "off":
      return {};
    case "external": {
      const services = configured(running).map(({ name }) => name);
      return { consul: externalConsul({ namespace, server: consul, services, rotations }) };
    }
    case "managed": {
      const documents = serviceDocuments(data, running, systems);
      refuse(documentFindings(documents));
      return {
        consul: managedConsul({
          namespace,
          data: consul,
          documents,
          registered: running.map(({ name }) => name),
          rotations,
          toolsImage: imageOf(toolsImageName, settings).reference,
          pullSecret: runtime.pullSecret,
          kubeApi: kubeApi(settings),
          scraper: systems.scraper,
          zoneSpread: zones.spread,
        }),
      };
    }
  }
}

/** What each service that reads its configuration from Consul finds there. */
export function serviceDocuments(
  { services, logLevel, traceSampleRatio }: EnvironmentData<string>,
  running: readonly Service<string>[],
  systems: Omit<Systems, "consul">,
): ServiceDocuments[] {
  return configured(running).map((service) => {
    const declared = services[service.name];
    const { features, documents } = declared?.kind === "on" ? declared : nothing;
    return documentsOf({
      service,
      systems,
      logLevel,
      traceSampleRatio,
      ...(features === undefined ? {} : { features }),
      ...(documents === undefined ? {} : { documents }),
    });
  });
}

const nothing: Pick<Extract<ServiceData, { kind: "on" }>, "features" | "documents"> = {};

function configured(running: readonly Service<string>[]): Service<string>[] {
  return running.filter(({ needs }) => needs.configuration !== undefined);
}
