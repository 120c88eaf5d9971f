import { expect, it } from "vitest";
import type { Api } from "../../cli/api.ts";
import type { Live } from "../../cli/live.ts";
import { readLive } from "../../cli/live.ts";

const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "n" }, data: { key: "new" } };
const configMaps = { name: "configmaps", kind: "ConfigMap", namespaced: true };

/** What a server would do with the object, when it says this to the dry run. */
function live(status: number): Promise<Live> {
  const api: Api = ({ method, path }) => {
    if (path === "/api/v1") return Promise.resolve({ status: 200, body: { resources: [configMaps] } });
    if (method === "PATCH") return Promise.resolve({ status, body: { message: "no" } });
    return Promise.resolve({ status: 404, body: {} });
  };
  return readLive(api, [{ component: "c", object }], [], []);
}

it.each([400, 403, 409, 422, 500])(
  "a change that the server answers with %i is one that it refuses",
  async (status) => {
    expect([...(await live(status)).refusals]).toEqual([["ConfigMap/n/a", "no"]]);
  },
);

it.each([429, 502, 503, 504])("a server that answers %i has said nothing about the change", async (status) => {
  await expect(live(status)).rejects.toThrow(
    "What would change in /api/v1/namespaces/n/configmaps/a could not be asked: no",
  );
});
