import { describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { networkPolicy } from "../../kubernetes/network.ts";
import type { Connection } from "../../kubernetes/network.ts";
import { root } from "../../local/paths.ts";
import { localCluster } from "../../local/up.ts";
import { reachability, reachLines } from "../../review/reachability.ts";
import { environments } from "../../stacks/load.ts";
import { built, committed } from "../support/environments.ts";
import { halfWays, ways } from "../support/reachability-table.ts";

const shared = objectsOf(loadCluster(localCluster, root));
const dns = "kube-system/kube-dns";

describe.each(committed)("in $name", ({ name, environment }) => {
  const { namespace } = environments[name];
  const { reaches, halves } = reachability([
    ...objectsOf(built(environment)),
    ...shared.filter(({ metadata }) => metadata.namespace === namespace),
  ]);

  it("everybody may talk to exactly whom the table names", () => {
    const declared = ways
      .filter((each) => each.environments.includes(name))
      .flatMap(({ lines }) => lines.split("\n").filter((line) => line !== ""));
    const found = reachLines(reaches.filter(({ to }) => to !== dns));
    expect({
      opened: found.filter((line) => !declared.includes(line)),
      shut: declared.filter((line) => !found.includes(line)),
    }).toEqual({ opened: [], shut: [] });
  });

  it("every workload may ask the cluster's DNS, and no other", () => {
    const workloads = new Set(reaches.flatMap(({ from, to }) => (to === dns ? [from] : [])));
    const asked = reaches.filter(({ to }) => to === dns).map(({ from, port }) => `${from} ${port}`);
    expect(asked.sort()).toEqual([...workloads].flatMap((each) => [`${each} TCP 53`, `${each} UDP 53`]).sort());
    const others = reaches.filter(({ to, port }) => port.endsWith(" 53") && to !== dns);
    expect(others).toEqual([]);
    const senders = new Set(
      reaches.map(({ from }) => from).filter((from) => !from.includes("/") && from !== "anybody"),
    );
    expect([...senders].filter((sender) => !workloads.has(sender))).toEqual([]);
  });

  it("a way that one end opens is open at the other end as well", () => {
    expect(reachLines(halves).filter((line) => !(line in halfWays))).toEqual([]);
  });
});

describe("a connection", () => {
  const http: Connection = { peer: { kind: "app", app: "server" }, ports: [8000] };
  const pod = (name: string): KubernetesObject =>
    ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "x", labels: {} },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name, image: name, ports: [{ name: "http", containerPort: 8000 }] }] },
        },
      },
    }) satisfies ObjectOf<"Deployment">;
  const policy = (name: string, ingress: readonly Connection[], egress: readonly Connection[]): KubernetesObject =>
    networkPolicy({ name, namespace: "x", labels: {} }, { app: name }, { ingress, egress });
  const from: Connection = { peer: { kind: "app", app: "client" }, ports: ["http"] };
  const lines = (...policies: readonly KubernetesObject[]): readonly string[][] => {
    const { reaches, halves } = reachability([pod("client"), pod("server"), ...policies]);
    return [reachLines(reaches), reachLines(halves)];
  };

  it("passes when both ends let it, by the name of the port or its number", () => {
    expect(lines(policy("client", [], [http]), policy("server", [from], []))).toEqual([
      ["server TCP 8000 < client"],
      [],
    ]);
  });

  it("does not pass when one end lets it alone", () => {
    expect(lines(policy("client", [], [http]), policy("server", [], []))).toEqual([[], ["server TCP 8000 < client"]]);
    expect(lines(policy("client", [], []), policy("server", [from], []))).toEqual([[], ["server TCP 8000 < client"]]);
    const other: Connection = { ...http, ports: [9000] };
    expect(lines(policy("client", [], [other]), policy("server", [from], []))[0]).toEqual([]);
  });

  it("passes on every port to pods for which no policy speaks", () => {
    expect(lines(policy("client", [], [http]))[0]).toContain("server TCP 8000 < client");
    expect(lines()[0]).toEqual(
      expect.arrayContaining(["server every port < anybody client server", "anybody every port < client server"]),
    );
  });

  it("goes beyond the namespace only where a policy names who is there", () => {
    const out: Connection[] = [
      { peer: { kind: "internet" }, ports: [443] },
      { peer: { kind: "pods", namespace: "other", labels: { app: "there" } }, ports: [1] },
      { peer: { kind: "addresses", cidrs: ["10.0.0.0/24"] }, ports: [2], protocol: "UDP" },
    ];
    expect(lines(policy("client", [], out), policy("server", [{ ...from, peer: { kind: "anyone" } }], []))[0]).toEqual([
      "10.0.0.0/24 UDP 2 < client",
      "internet TCP 443 < client",
      "other/there TCP 1 < client",
      "server TCP 8000 < anybody",
    ]);
  });
});
