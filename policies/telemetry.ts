import { elasticsearchProblems } from "../components/elasticsearch/sizing.ts";
import { tracingProblems } from "../components/telemetry/problems.ts";
import type { EnvironmentData } from "../stacks/environment.ts";
import type { DataFinding, RuleOf } from "./ids.ts";

/** Traces and logs that would not fit, would not be kept, or would say too much. */
export function telemetryFindings(data: EnvironmentData<string>): DataFinding[] {
  const { tracing, elasticsearch } = data.systems;
  const finding = (
    system: "tracing" | "elasticsearch",
    rule: RuleOf<"telemetry">,
    problem: string,
    fix = "",
  ): DataFinding => ({
    rule: `telemetry/${rule}`,
    place: `stacks/${data.name}.ts: systems.${system}`,
    problem,
    fix,
  });
  const running = Object.keys(data.services).filter((name) => data.services[name]?.kind === "on");
  return [
    ...(elasticsearch.kind === "off" ? [] : elasticsearchProblems(elasticsearch)).map((problem) =>
      finding("elasticsearch", "storage", problem),
    ),
    ...(tracing.kind === "managed" ? tracingProblems(tracing, running) : []).map((problem) =>
      finding("tracing", "tracing", problem),
    ),
    ...(tracing.kind === "managed" && tracing.jaeger.kind === "elasticsearch" && elasticsearch.kind === "off"
      ? [finding("elasticsearch", "store", "is off, and Jaeger keeps its traces there.", "Turn it on.")]
      : []),
    ...(tracing.kind === "managed" && data.traceSampleRatio < 1
      ? [
          finding(
            "tracing",
            "head-sampling",
            `services record ${data.traceSampleRatio} of all traces, so that errors among the others never reach a gateway.`,
            "Make traceSampleRatio 1, and sampling.ratio what is to be kept.",
          ),
        ]
      : []),
  ];
}
