import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requirements } from "../../cli/preflight.ts";
import { root } from "../../local/paths.ts";
import { loadEnvironment } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import { suoke } from "../support/suoke.ts";

/**
 * A cluster that lacks something: old versions, and servers without what every cluster of the tests has, are not to be had.
 * What a whole one says is asked in test/cluster/delivery.test.ts.
 */
const kubectl = `#!/bin/sh
shift 2
case "$1 $2" in
  "get --raw") key=$3 ;;
  "create --raw") cat >/dev/null; key=rights ;;
  "get resourcequotas") key=quotas ;;
  "get storageclass") key=storageclass-$3 ;;
  *) key=workloads ;;
esac
file=$ANSWERS/$(printf %s "$key" | tr / _)
[ -f "$file" ] && exec cat "$file"
[ -f "$file.error" ] && cat "$file.error" >&2 && exit 1
echo "Error from server (NotFound): the server could not find the requested resource" >&2
exit 1
`;

const environment = loadEnvironment("dev", root);
const { namespace, quota } = environment.data;
const { context } = environment.settings.cluster;
const { kinds } = requirements(platform(environment), namespace);
const plural = (kind: string): string => `${kind.toLowerCase()}s`;
const verbs = ["get", "create", "patch", "delete"];

/** What its deployer may do: all that is needed, but for some verbs on Secrets. */
function rights(withheld: readonly string[] = []): object {
  const resourceRules = [...kinds].flatMap(([apiVersion, its]) =>
    its.map((kind) => ({
      apiGroups: [apiVersion.includes("/") ? apiVersion.split("/")[0] : ""],
      resources: [plural(kind)],
      verbs: verbs.filter((verb) => kind !== "Secret" || !withheld.includes(verb)),
    })),
  );
  return { status: { incomplete: false, resourceRules } };
}

const quotaOf = (hard: object, used: object = {}): object => ({ items: [{ spec: { hard }, status: { used } }] });
const pathOf = (apiVersion: string): string => (apiVersion.includes("/") ? "/apis/" : "/api/") + apiVersion;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-preflight-"));
  writeFileSync(join(folder, "kubectl"), kubectl, { mode: 0o755 });
  says("/version", { major: "1", minor: "34", gitVersion: "v1.34.0" });
  says(`/api/v1/namespaces/${namespace}`, {});
  says("rights", rights());
  says("quotas", quotaOf(quota));
  says("storageclass-standard", {});
  says("workloads", "");
  for (const [apiVersion, its] of kinds)
    says(pathOf(apiVersion), { resources: its.map((kind) => ({ kind, name: plural(kind) })) });
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(question: string): string {
  return join(folder, question.replaceAll("/", "_"));
}

/** Has the cluster answer a question. */
function says(question: string, answer: object | string): void {
  writeFileSync(file(question), typeof answer === "string" ? answer : JSON.stringify(answer));
}

/** Takes away what the cluster has. */
function lacks(question: string): void {
  rmSync(file(question));
}

async function preflight(): Promise<{ readonly code: number; readonly findings: readonly string[] }> {
  const PATH = [folder, process.env["PATH"] ?? ""].join(delimiter);
  const { code, stdout, stderr } = await suoke(["preflight", "dev"], { PATH, ANSWERS: folder });
  const lines = `${stdout}${stderr}`.split("\n").map((line) => line.trim());
  return { code, findings: lines.filter((line) => line.includes("context ")) };
}

const fix = "The cluster's own stack provides it; run: pulumi -C cluster up -s <cluster>";

describe("./suoke preflight", () => {
  it("is content with a cluster that has everything", async () => {
    expect(await preflight()).toEqual({
      code: 0,
      findings: [`The cluster of context ${context} has all that dev needs.`],
    });
  });

  it("names a CRD that is missing, and one that lacks a kind", async () => {
    lacks("/apis/cert-manager.io/v1");
    says("/apis/gateway.networking.k8s.io/v1", { resources: [{ kind: "Gateway", name: "gateways" }] });
    const { code, findings } = await preflight();
    expect(code).toBe(1);
    expect(findings).toContain(
      `context ${context}: the server does not know cert-manager.io/v1 Certificate. ${fix} [preflight/kind]`,
    );
    expect(findings).toContain(
      `context ${context}: the server does not know gateway.networking.k8s.io/v1 HTTPRoute. ${fix} [preflight/kind]`,
    );
  });

  it("names a version that is too old", async () => {
    says("/version", { major: "1", minor: "33+", gitVersion: "v1.33.4-eks" });
    expect(await preflight()).toEqual({
      code: 1,
      findings: [
        `context ${context}: the server is v1.33.4-eks. Upgrade it to Kubernetes 1.34 or newer. [preflight/version]`,
      ],
    });
  });

  it("names a namespace that is missing", async () => {
    lacks(`/api/v1/namespaces/${namespace}`);
    expect(await preflight()).toEqual({
      code: 1,
      findings: [`context ${context}: namespace ${namespace} does not exist. ${fix} [preflight/namespace]`],
    });
  });

  it("names a storage class that is missing", async () => {
    lacks("storageclass-standard");
    expect(await preflight()).toEqual({
      code: 1,
      findings: [
        `context ${context}: there is no storage class standard. Create it, or name another one in stacks/<env>.ts. [preflight/storage-class]`,
      ],
    });
  });

  it("names what its account may not do", async () => {
    says("rights", rights(["patch", "delete"]));
    expect(await preflight()).toEqual({
      code: 1,
      findings: [`context ${context}: may not patch, delete secrets in ${namespace}. ${fix} [preflight/rights]`],
    });
  });

  it("names a quota below what the environment needs", async () => {
    says("quotas", quotaOf({ ...quota, pods: "3" }));
    const { code, findings } = await preflight();
    expect(code).toBe(1);
    expect(findings).toEqual([
      `context ${context}: namespace ${namespace} may have 3 of pods, and the environment needs ${quota["pods"]}. ${fix} [preflight/quota]`,
    ]);
  });

  it("names a quota that is in use, with how much this deployment needs", async () => {
    says("quotas", quotaOf(quota, { pods: quota["pods"] }));
    const { code, findings } = await preflight();
    expect(code).toBe(1);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatch(
      new RegExp(
        `of ${quota["pods"]} of pods, namespace ${namespace} has ${quota["pods"]} in use, and .* needs \\d+ more`,
      ),
    );
  });

  it("names everything that a second look would find, at once", async () => {
    lacks("storageclass-standard");
    says("rights", rights(["delete"]));
    says("quotas", quotaOf({ ...quota, pods: "3" }));
    const { code, findings } = await preflight();
    expect([code, findings.length]).toEqual([1, 3]);
  });

  it("could not judge a cluster that does not answer: exit code 2, and nothing was changed", async () => {
    lacks("/version");
    writeFileSync(
      `${file("/version")}.error`,
      "Unable to connect to the server: dial tcp: lookup prod: no such host\n",
    );
    const { code, findings } = await preflight();
    expect(code).toBe(2);
    expect(findings.join()).toContain(`The cluster of context ${context} could not be asked: Unable to connect`);
    expect(findings.join()).toContain("nothing was changed");
  });
});
