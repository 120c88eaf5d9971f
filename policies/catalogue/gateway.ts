import type { DataFinding } from "../ids.ts";
import type { AnyService } from "./place.ts";
import { at } from "./place.ts";

/** A route through the gateway needs a gateway that may call the service and waits as long as the service takes. */
export function gatewayFindings(services: readonly AnyService[]): DataFinding[] {
  const gateways = services.filter(({ configFile }) => configFile.kind === "gateway");
  const through = services.filter(({ routes }) => routes.some(({ via }) => via === "gateway"));
  const [gateway, second] = gateways;
  if (second !== undefined) {
    return [
      at(
        second.name,
        "gateway",
        `is a gateway beside ${gateway?.name}.`,
        "Keep one: routes name no particular gateway.",
      ),
    ];
  }
  if (gateway === undefined) {
    return through.map(({ name }) =>
      at(name, "gateway", "has routes through a gateway, and there is none.", 'Route them via "edge".'),
    );
  }
  return through.flatMap(({ name, longestRequestSeconds }) => {
    const findings: DataFinding[] = [];
    if (!gateway.needs.calls.some(({ service, port }) => service === name && port === "http")) {
      findings.push(
        at(
          gateway.name,
          "gateway",
          `does not call ${name}, whose routes pass through it.`,
          `Add { service: "${name}", port: "http" } to its calls.`,
        ),
      );
    }
    if (gateway.longestRequestSeconds < longestRequestSeconds) {
      findings.push(
        at(
          gateway.name,
          "timeout-nesting",
          `gives a request ${gateway.longestRequestSeconds} s, and ${name} takes up to ${longestRequestSeconds} s.`,
          "Raise its longestRequestSeconds.",
        ),
      );
    }
    return findings;
  });
}
