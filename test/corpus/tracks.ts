import type { PlainObject } from "../../review/change.ts";
import type { CorpusPair } from "./pair.ts";
import { edited } from "./pair.ts";
import { deployment, service } from "./objects.ts";

/** A service's own objects, and those of a second version of it. */
const labels = (track: string): object => ({ ...(deployment.metadata.labels ?? {}), app: "web", track });
const version = (track: string, name: string): PlainObject =>
  edited(
    deployment,
    ["metadata.name", name],
    ["spec.selector.matchLabels", labels(track)],
    ["spec.template.metadata.labels", labels(track)],
  );
const host = (track: string, name: string): PlainObject =>
  edited(service, ["metadata.name", name], ["spec.selector", { app: "web", track }]);
const [stable, canary, green] = [
  version("stable", "web"),
  version("canary", "web-canary"),
  version("green", "web-green"),
];
const second = host("canary", "web-canary");

const route = (
  kind: "GRPCRoute" | "HTTPRoute",
  ...weights: readonly [name: string, weight: number][]
): PlainObject => ({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind,
  metadata: { name: "web", namespace: stable.metadata.namespace ?? "" },
  spec: {
    parentRefs: [{ name: "edge" }],
    rules: [
      {
        matches: [kind === "HTTPRoute" ? { path: { type: "PathPrefix", value: "/" } } : { method: { service: "a.B" } }],
        backendRefs: weights.map(([name, weight]) => ({ name, port: 80, weight })),
      },
    ],
  },
});
const http = (weight: number): PlainObject => route("HTTPRoute", ["web", 100 - weight], ["web-canary", weight]);

export const tracks: readonly CorpusPair[] = [
  {
    name: "a canary goes while requests go to it",
    rule: "traffic-interruption/serving-track-removed",
    before: [stable, host("stable", "web"), canary, second, http(25)],
    after: [stable, host("stable", "web"), route("HTTPRoute", ["web", 100])],
  },
  {
    name: "a canary goes while gRPC calls go to it",
    rule: "traffic-interruption/serving-track-removed",
    before: [
      stable,
      host("stable", "web-grpc"),
      canary,
      host("canary", "web-canary-grpc"),
      route("GRPCRoute", ["web-grpc", 0], ["web-canary-grpc", 100]),
    ],
    after: [stable, host("stable", "web-grpc"), route("GRPCRoute", ["web-grpc", 100])],
  },
  {
    name: "a canary goes that gets no requests",
    rule: "safe/idle-track-removed",
    before: [stable, host("stable", "web"), canary, second, http(0)],
    after: [stable, host("stable", "web"), route("HTTPRoute", ["web", 100])],
  },
  {
    name: "green goes while it serves",
    rule: "traffic-interruption/serving-track-removed",
    before: [stable, host("green", "web"), green],
    after: [stable, host("stable", "web")],
  },
  {
    name: "green goes while blue serves",
    rule: "safe/idle-track-removed",
    before: [stable, host("stable", "web"), green],
    after: [stable, host("stable", "web")],
  },
];
