import { describe, expect, it } from "vitest";
import { fewestRequests, gateFindings, gateQueries } from "../../delivery/rollout-gate.ts";
import type { Measured } from "../../delivery/rollout-gate.ts";
import { parsePromql } from "../../components/monitoring/promql.ts";
import { objectivesOf } from "../../stacks/monitoring.ts";
import { runningServices } from "../../stacks/platform.ts";
import { environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");
const objectives = objectivesOf(prod, runningServices(prod).values());
// One that promises what is easy to count with.
const [any] = objectives;
if (any === undefined) throw new Error("Services promise something.");
const objective = { ...any, errorRatio: 0.01, availability: 0.98, latencyP95Ms: 200 };
const judged = { track: "canary", version: "v2", seconds: 600 } as const;

function problems(measured: Measured, fewest = 100): string[] {
  return gateFindings(measured, objective, judged, fewest).map(({ rule, problem }) => `${rule} ${problem}`);
}

describe("the gate", () => {
  it("lets a step pass that kept what the service promises, up to the last request", () => {
    expect(problems({ requests: 1000, failed: 10, slow: 50 })).toEqual([]);
    expect(problems({ requests: 1000, failed: 0, slow: 0 })).toEqual([]);
  });

  it("says what was not kept, with the numbers", () => {
    expect(problems({ requests: 1000, failed: 11, slow: 51 })).toEqual([
      "gate/failures 1.1 % of 1000 requests in 10 min failed, and 1 % may.",
      "gate/latency 5.1 % of 1000 requests in 10 min took longer than 200 ms, and 5 % may.",
    ]);
  });

  it("does not judge by fewer requests than it is told to", () => {
    expect(() => problems({ requests: 99.9, failed: 99, slow: 0 })).toThrow(
      "has had 99 requests in 10 min, and 100 are",
    );
  });

  it("wants so many requests that one which fails is no breach", () => {
    expect(fewestRequests(objective)).toBe(100);
    for (const each of objectives) {
      const fewest = fewestRequests(each);
      expect(gateFindings({ requests: fewest, failed: 1, slow: 1 }, each, judged, fewest)).toEqual([]);
    }
  });

  it("asks for the track's own requests in valid queries, whatever the service is written in", () => {
    for (const each of objectives) {
      for (const query of Object.values(gateQueries(each, judged))) {
        const { metrics } = parsePromql(query);
        expect(metrics.every((metric) => metric.startsWith(each.runtime === "go" ? "http_server_" : "http_req"))).toBe(
          true,
        );
        expect(query.match(/\{[^}]*\}/g)?.every((selector) => selector.includes('track="canary", version="v2"'))).toBe(
          true,
        );
      }
    }
  });
});
