import type { Need, Service } from "../catalogue/service.ts";
import { replicaRange } from "../components/microservice/args.ts";
import type { Environment, EnvironmentData } from "../stacks/environment.ts";
import { dataFindings } from "./data.ts";
import type { DataFinding, RuleOf } from "./ids.ts";
import { suggest } from "./finding.ts";
import { telemetryFindings } from "./telemetry.ts";
import { migrationFindings } from "./migrations.ts";
import { edgeFindings } from "./edge.ts";
import { oldGatewayFindings } from "./old-gateway.ts";
import { rolloutFindings } from "./rollouts.ts";
import { redisDataFindings } from "./redis.ts";

type AnyEnvironment = Environment<string>;

function at(
  data: EnvironmentData<string>,
  path: string,
  rule: RuleOf<"environment">,
  problem: string,
  fix: string,
): DataFinding {
  return { rule: `environment/${rule}`, place: `stacks/${data.name}.ts: ${path}`, problem, fix };
}

/** What is wrong with an environment before anything is built: services without what they need, impossible scaling. */
export function environmentFindings(environment: AnyEnvironment): DataFinding[] {
  const { catalogue, migrations, partitioned, data } = environment;
  const running = Object.entries(catalogue).filter(([name]) => data.services[name]?.kind === "on");
  return [
    ...namespaceFindings(data),
    ...migrationFindings(catalogue, migrations, partitioned),
    ...redisDataFindings(data),
    ...rolloutFindings(environment),
    ...edgeFindings(data),
    ...oldGatewayFindings(environment),
    ...Object.keys(data.services)
      .filter((name) => catalogue[name] === undefined)
      .map((name) =>
        at(
          data,
          `services.${name}`,
          "unknown-service",
          "is not in the catalogue.",
          suggest(name, Object.keys(catalogue)),
        ),
      ),
    ...running.flatMap(([, service]) => [
      ...systemFindings(service, data),
      ...calleeFindings(service, data),
      ...scalingFindings(service, data),
      ...configurationFindings(service, data),
    ]),
    ...consulFindings(data),
    ...dataFindings(
      running.map(([, service]) => service),
      data,
      partitioned,
    ),
    ...telemetryFindings(data),
    ...gatewayFindings(
      running.map(([, service]) => service),
      data,
    ),
  ];
}

/** Rotations of secrets that the environment does not have: a misspelt one would rotate nothing. */
export function rotationFindings({ data, settings }: AnyEnvironment, known: readonly string[]): DataFinding[] {
  return Object.keys(settings.rotations)
    .filter((id) => !known.includes(id))
    .map((id) => ({
      rule: "settings/unknown-rotation",
      place: `Pulumi.${data.name}.yaml: rotations.${id}`,
      problem: `no secret is called "${id}".`,
      fix: suggest(id, known),
    }));
}

function namespaceFindings(data: EnvironmentData<string>): DataFinding[] {
  return /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(data.namespace)
    ? []
    : [
        at(
          data,
          "namespace",
          "namespace",
          `"${data.namespace}" is no DNS label.`,
          "Use lower-case letters, digits and dashes.",
        ),
      ];
}

function systemFindings({ name, needs }: Service<string>, data: EnvironmentData<string>): DataFinding[] {
  const wanted: readonly (readonly [keyof EnvironmentData["systems"], Need | undefined])[] = [
    ["postgres", needs.database === undefined ? undefined : "required"],
    ["cache", needs.cache?.need],
    ["saga", needs.saga],
    ["consul", needs.configuration],
    ["tracing", needs.tracing],
  ];
  return wanted
    .filter(([system, need]) => need === "required" && data.systems[system].kind === "off")
    .map(([system]) =>
      at(data, `systems.${system}`, "system-off", `is off, and ${name} needs it.`, `Turn it on, or turn ${name} off.`),
    );
}

function calleeFindings({ name, needs }: Service<string>, data: EnvironmentData<string>): DataFinding[] {
  return needs.calls
    .filter(({ service }) => data.services[service]?.kind !== "on")
    .map(({ service }) =>
      at(
        data,
        `services.${service}`,
        "callee-off",
        `is off, and ${name} calls it.`,
        `Turn it on, or turn ${name} off.`,
      ),
    );
}

function scalingFindings({ name }: Service<string>, data: EnvironmentData<string>): DataFinding[] {
  const declared = data.services[name];
  if (declared?.kind !== "on") return [];
  const { scaling } = declared;
  const { min, max } = replicaRange(scaling);
  const path = `services.${name}.scaling`;
  const findings: DataFinding[] = [];
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 1 || max < min) {
    findings.push(
      at(data, path, "replicas", `has ${min} to ${max} replicas.`, "Give whole numbers, at least 1, the larger last."),
    );
  }
  if (data.zones.spread === "required" && min < data.zones.count) {
    findings.push(
      at(
        data,
        path,
        "zones",
        `has ${min} replicas at least for ${data.zones.count} zones.`,
        `Give it ${data.zones.count} or more: a zone may fail.`,
      ),
    );
  }
  if (scaling.kind === "auto") {
    for (const percent of [scaling.cpuPercent, scaling.memoryPercent ?? 1]) {
      if (percent < 1 || percent > 100) {
        findings.push(at(data, path, "utilization", `aims at ${percent} % of a request.`, "Give 1 to 100 percent."));
      }
    }
  }
  return findings;
}

/** Raft needs a majority: an even number of servers tolerates no more losses than the odd number below it. */
function consulFindings(data: EnvironmentData<string>): DataFinding[] {
  const { consul } = data.systems;
  if (consul.kind !== "managed") return [];
  // The type knows; data that arrives otherwise does not.
  const count: number = consul.servers;
  const path = "systems.consul.servers";
  if (count % 2 === 0 || !Number.isInteger(count) || count < 1 || count > 5) {
    const majority = Math.floor(count / 2) + 1;
    return [
      at(
        data,
        path,
        "consul-servers",
        `is ${count}: a majority is ${majority}, so that ${count - majority} may fail.`,
        "Run 3 servers, of which one may fail, 5, of which two may, or 1 where an outage is acceptable.",
      ),
    ];
  }
  if (data.zones.spread === "required" && count === 1) {
    return [at(data, path, "consul-servers", "is 1, and a zone may fail.", "Run 3.")];
  }
  return [];
}

/** Features and documents that an environment sets and the catalogue does not know. */
function configurationFindings(service: Service<string>, data: EnvironmentData<string>): DataFinding[] {
  const declared = data.services[service.name];
  if (declared?.kind !== "on") return [];
  const unknown = (what: "features" | "documents"): DataFinding[] => {
    const known = Object.keys(service[what] ?? {});
    return Object.keys(declared[what] ?? {})
      .filter((name) => !known.includes(name))
      .map((name) =>
        at(
          data,
          `services.${service.name}.${what}.${name}`,
          `unknown-${what}`,
          `is not declared in the catalogue's ${service.name}.`,
          suggest(name, known),
        ),
      );
  };
  return [...unknown("features"), ...unknown("documents")];
}

function gatewayFindings(running: readonly Service<string>[], data: EnvironmentData<string>): DataFinding[] {
  if (running.some(({ configFile }) => configFile.kind === "gateway")) return [];
  return running
    .filter(({ routes }) => routes.some(({ via }) => via === "gateway"))
    .map(({ name }) =>
      at(
        data,
        `services.${name}`,
        "gateway-off",
        "has routes through a gateway, and none is on.",
        "Turn the gateway on.",
      ),
    );
}
