import { describe, expect, it } from "vitest";
import { liveService } from "../../delivery/rollout-live.ts";

describe("what runs is read off the API server", () => {
  const deployment = (name: string, image: string, replicas: number, status: object = {}) => ({
    metadata: { name, generation: 2 },
    spec: { replicas, template: { spec: { containers: [{ image }] } } },
    status: { observedGeneration: 2, replicas, updatedReplicas: replicas, availableReplicas: replicas, ...status },
  });
  const route = (time: string, ...backendRefs: readonly { name: string; weight?: number }[]) => ({
    metadata: { name: "r", managedFields: [{ time }, { time: "2099-01-01T00:00:00Z", subresource: "status" }] },
    spec: { rules: [{ backendRefs }] },
  });
  const read = (objects: Partial<Parameters<typeof liveService>[1]>) =>
    liveService("auth-service", { deployments: [], services: [], routes: [], ...objects });

  it("with the larger weight while routes differ, and the time of the last change of ours", () => {
    const routes = [
      route("2026-11-24T10:00:00Z", { name: "auth-service", weight: 90 }, { name: "auth-service-canary", weight: 10 }),
      route("2026-11-24T11:00:00Z", { name: "auth-service-grpc" }, { name: "auth-service-canary-grpc", weight: 25 }),
      route("2026-11-24T12:00:00Z", { name: "user-service" }, { name: "user-service-canary", weight: 80 }),
    ];
    expect(read({ routes })).toEqual({ weight: 25, serves: "stable", since: "2026-11-24T11:00:00Z" });
  });

  it("as not rolled out while old pods are left, or the change has not been seen", () => {
    const of = (status: object) =>
      read({ deployments: [deployment("auth-service", "a:v1", 3, status)] }).stable?.rolledOut;
    expect([of({}), of({ updatedReplicas: 2 }), of({ replicas: 4 }), of({ observedGeneration: 1 })]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("with the track that the service's own host leads to", () => {
    const services = [{ metadata: { name: "auth-service" }, spec: { selector: { track: "green" } } }];
    expect(read({ services, deployments: [deployment("auth-service-green", "a:v2", 4)] })).toEqual({
      green: { available: 4, desired: 4, rolledOut: true, image: "a:v2" },
      weight: 0,
      serves: "green",
    });
  });
});
