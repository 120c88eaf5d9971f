import type { PortName } from "../../catalogue/service.ts";
import type { DataFinding } from "../ids.ts";
import type { AnyService } from "./place.ts";
import { at, known } from "./place.ts";

/** Ports of a service that clash, that there cannot be, or that it names and does not have. */
export function portFindings(service: AnyService): DataFinding[] {
  const { name, ports, metrics, probes } = service;
  const findings: DataFinding[] = [];
  const seen = new Map<number, string>();
  for (const [port, number] of Object.entries(ports)) {
    const other = seen.get(number);
    if (other !== undefined) {
      findings.push(
        at(name, "port-clash", `ports ${other} and ${port} are both ${number}.`, "Give each its own number."),
      );
    }
    seen.set(number, port);
    if (!Number.isInteger(number) || number < 1024 || number > 65535) {
      findings.push(
        at(
          name,
          "port-range",
          `port ${port} is ${number}.`,
          "Use 1024 to 65535: lower ones need privileges that pods lack.",
        ),
      );
    }
  }
  const used: readonly (readonly [string, PortName])[] = [
    ["metrics", metrics.port],
    ["probes", probes.port],
  ];
  for (const [user, port] of used) {
    if (ports[port] === undefined) {
      findings.push(at(name, "port-unknown", `${user} use port "${port}", which it does not have.`, known(ports)));
    }
  }
  return findings;
}
