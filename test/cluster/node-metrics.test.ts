import { beforeAll, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { agentsNamespace } from "../../components/node-logs/names.ts";
import { root } from "../../local/paths.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import { localCluster } from "../../local/up.ts";
import { eventually } from "../support/daemon.ts";
import { startDiscovery } from "../support/metrics/discovery.ts";
import { admin, getJson } from "../support/server.ts";

beforeAll(() => buildToolchain(["prometheus"], silent), 40 * 60_000);

it("node-metrics finds every node with the rights that it has, and asks each for three things", async () => {
  const nodes = (await getJson<{ items: unknown[] }>(admin, "nodes")).items.length;
  const prometheus = await startDiscovery(loadCluster(localCluster, root), agentsNamespace, "node-metrics");
  try {
    const found = async (): Promise<number[]> => Object.values(await prometheus.targets());
    await eventually("every node is found", async () => (await found())[0] === 3 * nodes).catch(() => undefined);
    expect(nodes).toBeGreaterThan(0);
    expect(await found()).toEqual([3 * nodes]);
  } finally {
    await prometheus.stop();
  }
});
