import { afterAll, describe, expect, it } from "vitest";
import { kubectl } from "../../cli/kubectl.ts";
import type { Result } from "../../cli/kubectl.ts";
import { drillName, scratchCluster, scratchName } from "../../components/postgres/drill.ts";
import { postgresName } from "../../components/postgres/databases.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { staging } from "../../stacks/staging.ts";
import { admin } from "../support/server.ts";

const { namespace, systems } = staging;
const clusters = "clusters.v1.postgresql.cnpg.io";
const scratch = scratchCluster({ namespace, server: systems.postgres });

interface Cluster {
  readonly metadata: { name: string };
  readonly spec: Record<string, unknown>;
}

/** As the restore drill's pod. */
function asDrill(args: readonly string[], input?: string): Promise<Result> {
  const account = `system:serviceaccount:${namespace}:${drillName}`;
  return kubectl(admin, ["--as", account, `--namespace=${namespace}`, ...args], input);
}

describe("the restore drill at a real API server", () => {
  afterAll(() => kubectl(admin, ["delete", clusters, scratchName, `--namespace=${namespace}`, "--ignore-not-found"]));

  it("creates its scratch cluster, looks at it, may not change it, and removes it", async () => {
    const created = await asDrill(["create", "--validate=strict", "-f", "-"], toYaml(scratch));
    expect([created.code, created.stderr]).toEqual([0, ""]);
    expect((await asDrill(["get", clusters, scratchName])).code).toBe(0);
    const changed = await asDrill(["annotate", clusters, scratchName, "suoke.life/note=changed"]);
    expect([changed.code, changed.stderr]).toEqual([1, expect.stringContaining("forbidden")]);
    expect((await asDrill(["delete", clusters, scratchName, "--wait=false"])).code).toBe(0);
  });

  it.each<readonly [string, (copy: Cluster) => void, string]>([
    ["of another name", ({ metadata }) => (metadata.name = "other"), "may create postgres-scratch only"],
    ["of another image", ({ spec }) => (spec["imageName"] = "registry.example/other:1"), "the image of the cluster"],
    [
      "that mounts a Secret",
      ({ spec }) => (spec["projectedVolumeTemplate"] = { sources: [{ secret: { name: "database-secret" } }] }),
      "brings no Secrets",
    ],
    [
      "whose variables are one",
      ({ spec }) => (spec["envFrom"] = [{ secretRef: { name: "database-secret" } }]),
      "brings no Secrets",
    ],
    ["that starts empty", ({ spec }) => (spec["bootstrap"] = { initdb: {} }), "from the object store"],
    [
      "that is a copy of what another password opens",
      ({ spec }) =>
        (spec["externalClusters"] = [{ name: "origin", password: { name: "database-secret", key: "auth" } }]),
      "from the object store",
    ],
  ])("creates none %s", async (_, change, told) => {
    const copy = structuredClone(scratch) as Cluster;
    change(copy);
    const { code, stderr } = await asDrill(["create", "--dry-run=server", "-f", "-"], toYaml(copy));
    expect([code, stderr]).toEqual([1, expect.stringContaining(told)]);
  });

  it.each([
    ["remove the cluster that runs", ["delete", clusters, postgresName]],
    ["look at it", ["get", clusters, postgresName]],
    ["read Secrets", ["get", "secrets", "database-secret"]],
    ["create pods", ["create", "job", "other", "--image=other"]],
  ])("may not %s", async (_, args) => {
    const { code, stderr } = await asDrill(args);
    expect([code, stderr]).toEqual([1, expect.stringContaining("forbidden")]);
  });
});
