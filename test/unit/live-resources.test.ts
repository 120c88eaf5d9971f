import { expect, it } from "vitest";
import type { Api } from "../../cli/api.ts";
import { discover } from "../../cli/live-resources.ts";

const deployments = { name: "deployments", kind: "Deployment", namespaced: true };

/** A server with one API version; what it says to others is its first word. */
const server =
  (status: number): Api =>
  ({ path }) =>
    Promise.resolve(
      path === "/apis/apps/v1"
        ? { status: 200, body: { resources: [deployments, { ...deployments, name: "deployments/status" }] } }
        : { status, body: { message: "go away" } },
    );

it("kinds are those of the versions that a server has", async () => {
  const found = await discover(server(404), ["apps/v1", "gateway.networking.k8s.io/v1"]);
  expect([...found]).toEqual([["apps/v1/Deployment", { ...deployments, path: "/apis/apps/v1" }]]);
});

it.each([403, 503])("a server that answers %i has not said that it lacks a kind", async (status) => {
  await expect(discover(server(status), ["apps/v1", "v1"])).rejects.toThrow(
    "/api/v1 does not say which kinds the server has: go away",
  );
});
