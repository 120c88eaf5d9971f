import { describe, expect, it } from "vitest";
import { preflightEnvironment } from "../../cli/preflight-environment.ts";
import type { Cluster } from "../../cli/kubectl.ts";
import { kubectl, kubectlOutput } from "../../cli/kubectl.ts";
import { previewerName } from "../../components/delivery/previewer.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { Findings } from "../../policies/finding.ts";
import { deliveryNamespace } from "../../stacks/cluster.ts";
import { environments } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import { committed } from "../support/environments.ts";
import { admin, deployer } from "../support/server.ts";

const { namespace } = environments.dev;

/** Runs kubectl as the previewer of dev. */
function asPreviewer(args: readonly string[], input?: string) {
  const account = `system:serviceaccount:${deliveryNamespace}:${previewerName("dev")}`;
  return kubectl(admin, ["--as", account, `--namespace=${namespace}`, ...args], input);
}

const object = (kind: string): string => toYaml({ apiVersion: "v1", kind, metadata: { name: "previewed", namespace } });

describe("the previewer of an environment", () => {
  it("may send dry runs, of Secrets too, and read everything else", async () => {
    const said = await Promise.all([
      asPreviewer(["create", "--dry-run=server", "-f", "-"], object("ConfigMap")),
      asPreviewer(["apply", "--server-side", "--dry-run=server", "-f", "-"], object("ConfigMap")),
      asPreviewer(["create", "--dry-run=server", "-f", "-"], object("Secret")),
      asPreviewer(["get", "deployments,configmaps,networkpolicies"]),
    ]);
    expect(said.map(({ code, stderr }) => [code, code === 0 ? "" : stderr])).toEqual(said.map(() => [0, ""]));
  });

  it("may change nothing, and never see a Secret", async () => {
    const write = await asPreviewer(["create", "-f", "-"], object("ConfigMap"));
    expect([write.code, write.stderr]).toEqual([1, expect.stringContaining("A previewer may send dry runs only.")]);
    const others = await Promise.all([
      asPreviewer(["get", "secrets"]),
      asPreviewer(["apply", "--server-side", "--dry-run=server", "-f", "-"], object("Secret")),
      asPreviewer(["delete", "configmap", "kube-root-ca.crt", "--dry-run=server"]),
      asPreviewer(["create", "configmap", "x", "--namespace=suoke-life-prod", "--dry-run=server"]),
    ]);
    expect(others.map(({ code, stderr }) => [code, /forbidden/i.test(stderr)])).toEqual(others.map(() => [1, true]));
  });
});

const amount = { cpu: "1m", memory: "1Mi", "ephemeral-storage": "1Mi" };
const otherPods = {
  securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
  containers: [
    {
      name: "others",
      image: "registry.example/others:v1",
      resources: { requests: amount, limits: amount },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    },
  ],
};

describe.each(committed)("the preflight of $name", ({ name, environment }) => {
  const check = async (cluster: Cluster, changed = environment): Promise<string[]> => {
    try {
      await preflightEnvironment(changed, platform(environment), cluster);
      return [];
    } catch (error) {
      if (!(error instanceof Findings)) throw error;
      return error.findings.map(({ rule, problem }) => `${rule}: ${problem}`);
    }
  };

  it("finds all that the environment needs, as its deployer", async () => {
    expect(await check(deployer(name))).toEqual([]);
  });

  it("says when what is in use leaves no room, whatever the limits are", async () => {
    const { pods } = environment.data.quota;
    // Pods that nobody has declared, which take what the quota has.
    const other = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name: "others", namespace: environment.data.namespace },
      spec: {
        replicas: Number(pods),
        selector: { matchLabels: { app: "others" } },
        template: { metadata: { labels: { app: "others" } }, spec: otherPods },
      },
    };
    await kubectlOutput(admin, ["apply", "--server-side", "-f", "-"], toYaml(other));
    try {
      await expect
        .poll(() => check(deployer(name)), { timeout: 60_000, interval: 1000 })
        .toContainEqual(
          expect.stringMatching(
            /^preflight\/quota-in-use: of \d+ of pods, namespace .* has \d+ in use, and this deployment needs \d+ more at once\.$/,
          ),
        );
    } finally {
      await kubectlOutput(admin, ["delete", "--wait", "--cascade=foreground", "-f", "-"], toYaml(other));
    }
  });

  it("names rights, storage classes and quota that are missing, all at once", async () => {
    const { data } = environment;
    const wanted = { ...data, storageClasses: ["fast"], quota: { ...data.quota, pods: "100000" } };
    const other = name === "dev" ? "staging" : "dev";
    const missing = await check(deployer(name), { ...environment, data: wanted });
    expect(missing).toEqual([
      expect.stringMatching(
        /^preflight\/quota: namespace .* may have \d+ of pods, and the environment needs 100000\.$/,
      ),
      "preflight/storage-class: may not look for storage class fast.",
    ]);
    await expect(check(deployer(other))).rejects.toThrow(/could not be asked/);
  });
});
