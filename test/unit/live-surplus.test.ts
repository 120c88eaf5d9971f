import { expect, it } from "vitest";
import type { Api } from "../../cli/api.ts";
import { surplus } from "../../cli/live-surplus.ts";

const resource = (kind: string, name: string) => ({ kind, name, namespaced: true, path: "/api/v1" });
const resources = new Map([["v1/PersistentVolumeClaim", resource("PersistentVolumeClaim", "persistentvolumeclaims")]]);
const claims: Api = () =>
  Promise.resolve({
    status: 200,
    body: {
      items: ["data-store-0", "data-store-12", "data-other-0", "data-store-0-copy"].map((name) => ({
        metadata: { name, namespace: "a" },
      })),
    },
  });

it("a claim that a StatefulSet has made for a pod is wanted as long as the set is", async () => {
  const set = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "store", namespace: "a" },
    spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] },
  };
  const names = async (wanted: Parameters<typeof surplus>[2]): Promise<string[]> =>
    (await surplus(claims, resources, wanted, [{ namespace: "a" }])).map(({ object }) => object.metadata.name);
  expect(await names([set])).toEqual(["data-other-0", "data-store-0-copy"]);
  expect(await names([])).toHaveLength(4);
});
