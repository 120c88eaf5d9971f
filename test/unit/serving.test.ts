import { describe, expect, it } from "vitest";
import { servingFindings } from "../../cli/serving.ts";

describe("a second version that gets requests in the cluster", () => {
  const live: Readonly<Record<string, object>> = {
    "/apis/gateway.networking.k8s.io/v1/namespaces/n/httproutes": {
      items: [
        {
          metadata: { name: "auth-service" },
          spec: {
            rules: [
              {
                backendRefs: [
                  { name: "auth-service", weight: 75 },
                  { name: "auth-service-canary", weight: 25 },
                ],
              },
            ],
          },
        },
      ],
    },
    "/apis/gateway.networking.k8s.io/v1/namespaces/n/grpcroutes": {
      items: [
        {
          metadata: { name: "user-service" },
          spec: {
            rules: [{ backendRefs: [{ name: "user-service-grpc" }, { name: "user-service-canary-grpc", weight: 10 }] }],
          },
        },
      ],
    },
    "/api/v1/namespaces/n/services": {
      items: [{ metadata: { name: "xiaoke-service" }, spec: { selector: { app: "xiaoke-service", track: "green" } } }],
    },
  };
  const findings = (tracks: readonly string[]) =>
    servingFindings("n", new Set(tracks), (path) => Promise.resolve(JSON.stringify(live[path])));

  it("is not removed: a canary with a share, also of gRPC calls, and an active green", async () => {
    expect((await findings([])).map(({ problem }) => problem)).toEqual([
      "auth-service-canary gets 25 % of the requests and would be removed.",
      "user-service-canary gets 10 % of the requests and would be removed.",
      "xiaoke-service-green gets all requests and would be removed.",
    ]);
  });

  it("may stay", async () => {
    expect(await findings(["auth-service-canary", "user-service-canary", "xiaoke-service-green"])).toEqual([]);
  });

  it("is not looked for on a cluster that knows no routes", async () => {
    expect(await servingFindings("n", new Set(), () => Promise.resolve(undefined))).toEqual([]);
  });
});
