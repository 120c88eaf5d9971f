import type { Catalogue } from "../catalogue/service.ts";
import { platformKeys } from "../components/consul/documents.ts";
import { callFindings, cycleFindings } from "./catalogue/calls.ts";
import { gatewayFindings } from "./catalogue/gateway.ts";
import { cacheKeyFindings, duplicateDatabases } from "./catalogue/owners.ts";
import type { AnyService } from "./catalogue/place.ts";
import { at } from "./catalogue/place.ts";
import { portFindings } from "./catalogue/ports.ts";
import { describeRoute, duplicateRoutes, routeFindings } from "./catalogue/routes.ts";
import type { DataFinding } from "./ids.ts";
import { routeTableFindings } from "./routes.ts";

/** Everything that is wrong with a catalogue, whatever environment it runs in. */
export function catalogueFindings(catalogue: Catalogue<string>): DataFinding[] {
  const services = Object.entries(catalogue);
  return [
    ...services.flatMap(([key, service]) => [
      ...nameFindings(key, service),
      ...portFindings(service),
      ...callFindings(service, catalogue),
      ...routeFindings(service),
      ...numberFindings(service),
      ...documentKeyFindings(service),
    ]),
    ...routeTableFindings(services.map(([, service]) => service)),
    ...duplicateRoutes(services.map(([, service]) => service)),
    ...duplicateDatabases(services.map(([, service]) => service)),
    ...cacheKeyFindings(services.map(([, service]) => service)),
    ...gatewayFindings(services.map(([, service]) => service)),
    ...cycleFindings(catalogue),
  ];
}

function nameFindings(key: string, { name }: AnyService): DataFinding[] {
  const findings: DataFinding[] = [];
  if (key !== name) findings.push(at(key, "name", `its name is "${name}".`, `Name it "${key}", as its file.`));
  // Its ConfigMap adds "-config-" and a hash, and names of Services end at 63 characters.
  if (!/^[a-z]([a-z0-9-]{0,43}[a-z0-9])?$/.test(name)) {
    findings.push(
      at(
        key,
        "name",
        `"${name}" is no DNS label of at most 45 characters.`,
        "Use lower-case letters, digits and dashes.",
      ),
    );
  }
  return findings;
}

function numberFindings({ name, slo, longestRequestSeconds, probes, routes, needs }: AnyService): DataFinding[] {
  const numbers: readonly (readonly [string, number, boolean, string])[] = [
    ["slo.latencyP95Ms", slo.latencyP95Ms, slo.latencyP95Ms > 0, "milliseconds above 0"],
    ["slo.errorRatio", slo.errorRatio, slo.errorRatio > 0 && slo.errorRatio < 1, "a share between 0 and 1"],
    ["slo.availability", slo.availability, slo.availability > 0 && slo.availability < 1, "a share between 0 and 1"],
    ["longestRequestSeconds", longestRequestSeconds, longestRequestSeconds > 0, "seconds above 0"],
    ["probes.startSeconds", probes.startSeconds, probes.startSeconds > 0, "seconds above 0"],
    ...routes.map(
      (route) =>
        [`maxBodyMiB of ${describeRoute(route)}`, route.maxBodyMiB, route.maxBodyMiB > 0, "MiB above 0"] as const,
    ),
  ];
  const findings = numbers
    .filter(([, , valid]) => !valid)
    .map(([what, value, , wanted]) => at(name, "number", `${what} is ${value}.`, `Give ${wanted}.`));
  const database = needs.database?.name;
  // Its roles add "_a" and "_b"; PostgreSQL ends names at 63 bytes.
  if (database !== undefined && !/^[a-z][a-z0-9_]{0,60}$/.test(database)) {
    findings.push(
      at(
        name,
        "database-name",
        `"${database}" is no plain PostgreSQL name.`,
        "Use lower-case letters, digits and underscores.",
      ),
    );
  }
  return findings;
}

/** Documents that the platform writes itself cannot be declared: one of the two would win without a word. */
function documentKeyFindings({ name, documents = {} }: AnyService): DataFinding[] {
  return Object.keys(documents)
    .filter((key) => (platformKeys as readonly string[]).includes(key))
    .map((key) =>
      at(name, "document-key", `documents.${key} is written by the platform.`, "Use another key for what it lacks."),
    );
}
