import { describe, expect, it } from "vitest";
import { kubectl } from "../../cli/kubectl.ts";
import { environmentNames } from "../../stacks/environment.ts";
import { environments } from "../../stacks/load.ts";
import { admin, deployer, refusal } from "../support/server.ts";

// What the API server itself refuses, whoever rendered it.

describe("a deployer", () => {
  const account = (namespace: string) => ({
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "intruder", namespace },
  });

  it.each(["suoke-life-staging", "suoke-life-prod", "suoke-ci", "kube-system"])(
    "of dev may write nothing in %s",
    async (namespace) => {
      expect(await refusal(deployer("dev"), account(namespace))).toContain("forbidden");
    },
  );

  it.each([
    [
      "Role",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "x", namespace: "suoke-life-dev" },
        rules: [],
      },
    ],
    [
      "Pod",
      {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "x", namespace: "suoke-life-dev" },
        spec: { containers: [{ name: "x", image: "x" }] },
      },
    ],
    ["Namespace", { apiVersion: "v1", kind: "Namespace", metadata: { name: "x" } }],
    [
      "ResourceQuota",
      { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "x", namespace: "suoke-life-dev" }, spec: {} },
    ],
  ])("may not create a %s in its own namespace", async (_, object) => {
    expect(await refusal(deployer("dev"), object)).toContain("forbidden");
  });

  it("may read nothing of another environment", async () => {
    const { code, stderr } = await kubectl(deployer("dev"), ["get", "secrets", "--namespace=suoke-life-prod"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("forbidden")]);
  });
});

describe.each(environmentNames)("the namespace of %s", (name) => {
  const { namespace } = environments[name];
  const pod = (spec: object) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "x", namespace },
    spec: { containers: [{ name: "x", image: "x", ...spec }] },
  });

  it.each(environmentNames.filter((other) => other !== name))("refuses the deployer of %s", async (other) => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", namespace } };
    expect(await refusal(deployer(other), object)).toContain("forbidden");
  });

  it("refuses a pod that is not restricted", async () => {
    expect(await refusal(admin, pod({ securityContext: { privileged: true } }))).toContain(
      'violates PodSecurity "restricted',
    );
  });

  it("refuses a container that is larger than any may be", async () => {
    expect(await refusal(admin, pod({ resources: { limits: { memory: "64Gi", cpu: "1" } } }))).toContain(
      "maximum memory usage per Container is 16Gi",
    );
  });

  it("refuses a node port", async () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "x", namespace },
      spec: { type: "NodePort", ports: [{ port: 80 }] },
    };
    expect(await refusal(admin, service)).toContain("exceeded quota: quota, requested: services.nodeports=1");
  });
});
