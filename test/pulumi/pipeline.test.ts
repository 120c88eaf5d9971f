import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { services } from "../../catalogue/services.ts";
import { loadCluster } from "../../cli/generated.ts";
import { kubectlOutput } from "../../cli/kubectl.ts";
import type { Entry } from "../../delivery/ledger.ts";
import { withEntry } from "../../delivery/settings-file.ts";
import { probesOf } from "../../delivery/smoke.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { secretsOf } from "../../kubernetes/secret-manifest.ts";
import { isSecret } from "../../kubernetes/secrets.ts";
import { leavesOf } from "../../kubernetes/sinks.ts";
import { clusterAdmin, deleteCluster, startCluster } from "../../local/control-plane.ts";
import { instance, root } from "../../local/paths.ts";
import { silent } from "../../local/progress.ts";
import { applyShared, localCluster } from "../../local/up.ts";
import { runningImages } from "../../stacks/images.ts";
import { environments, loadEnvironment } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import type { Fork } from "../support/fork.ts";
import { fork } from "../support/fork.ts";
import type { Stub } from "../support/gateway.ts";
import { gateway, stores } from "../support/gateway.ts";
import type { Job, Pipeline } from "../support/pipeline.ts";
import { job } from "../support/pipeline.ts";
import {
  agentContexts,
  agentKubeconfig,
  backend,
  disclosed,
  programs,
  pulumi,
  withoutSecrets,
} from "../support/pulumi.ts";
import { leaveLock, locks } from "../support/state-lock.ts";

// The real .gitlab-ci.yml with the real CLI: dev as its agents have it, with a state in a folder. What stands for the gateway
// answers by the images that the cluster runs.

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
/** The service whose image has this digest does not work. */
const broken = digest("b");
const password = "canary-of-the-registry";
const local = mkdtempSync(join(tmpdir(), "suoke-pulumi-pipeline-"));
const cluster = instance(local, "cluster");
const { namespace } = environments.dev;
const [deployer, previewer] = agentContexts("dev");
const first = backend(join(local, "state"), "the key that will be lost");
const agents = join(local, "agents");

let repository: Fork;
let stubs: readonly Stub[] = [];
let always: Readonly<Record<string, string>>;

beforeAll(async () => {
  const admin = await startCluster(cluster, silent);
  await applyShared(loadCluster(localCluster, root), admin, silent);
  agentKubeconfig(cluster, agents, "dev");
  repository = fork();
  const file = join(repository.tree, "Pulumi.dev.yaml");
  pulumi(repository.tree, first.variables, "stack", "init", "dev", "--secrets-provider=passphrase");
  const loaded = loadEnvironment("dev", root);
  const settings = secretsOf(platform(loaded))
    .flatMap(leavesOf)
    .flatMap((leaf) => (leaf.secret === "setting" ? [leaf.path] : []));
  for (const path of new Set(settings)) {
    const set = ["config", "set", "--stack=dev", "--secret", "--path", `secrets.${path}`, password];
    pulumi(repository.tree, first.variables, ...set);
  }
  const text = Object.keys(runningImages(loaded)).reduce(
    (before, entry) => withEntry(before, file, { key: "suoke-life:images", entry, value: digest("a") }),
    readFileSync(file, "utf8"),
  );
  writeFileSync(file, text);
  const { code, stderr } = await repository.suoke(["generate"]);
  expect([code, stderr]).toEqual([0, ""]);
  repository.git("commit", "--all", "--quiet", "--message=A stack of its own");
  repository.git("push", "--quiet", "origin", "main", "main:develop");
  const probes = probesOf(Object.values(services));
  const entry = await gateway(probes, async (service) => !(await images()).includes(`${service}@${broken}`));
  const found = await stores(entry.traces);
  stubs = [entry, found];
  always = {
    ...first.variables,
    SUOKE_ENGINE: "pulumi",
    KUBECONFIG: agents,
    KUBE_CONTEXT_DEV: deployer,
    KUBE_CONTEXT_DEV_PREVIEW: previewer,
    SMOKE_URL: entry.url,
    SMOKE_TRACES_URL: found.url,
    SMOKE_LOGS_URL: found.url,
  };
}, 300_000);
afterAll(async () => {
  await Promise.all(stubs.map((stub) => stub.close()));
  await deleteCluster(cluster);
  repository.remove();
  rmSync(local, { recursive: true, force: true });
}, 120_000);

function pipeline(branch = "develop"): Pipeline {
  return { clone: repository.clone(branch), local, path: programs, variables: always };
}

function run(name: string, variables: Readonly<Record<string, string>> = {}): Promise<Job> {
  return job(pipeline(), name, variables);
}

function onCluster(...args: readonly string[]): Promise<string> {
  return kubectlOutput(clusterAdmin(cluster), [...args, `--namespace=${namespace}`]);
}

const images = (): Promise<string> =>
  onCluster("get", "deployments", "-o", "jsonpath={.items[*].spec.template.spec.containers[*].image}");

/** Objects by identity and generation, and what is in Secrets: what a look-alike would not have. */
async function identities(): Promise<string[]> {
  const owner = "{.metadata.ownerReferences[0].kind}";
  const lines = await onCluster(
    ...["get", "deployments,statefulsets,services,configmaps,jobs,secrets", "-o"],
    `jsonpath={range .items[*]}${owner} {.kind} {.metadata.name} {.metadata.uid} {.metadata.generation} {.data}{"\\n"}{end}`,
  );
  // The clock makes Jobs of CronJobs.
  return lines.split("\n").filter((line) => !line.startsWith("CronJob "));
}

/** What secret expressions have become on the cluster, by Secret and key. */
async function secretValues(): Promise<ReadonlyMap<string, string>> {
  const { items } = JSON.parse(await onCluster("get", "secrets", "-o", "json")) as {
    readonly items: readonly { readonly metadata: { readonly name: string }; readonly data?: Record<string, string> }[];
  };
  const data = new Map(items.map(({ metadata, data = {} }) => [metadata.name, data]));
  const secrets = objectsOf(platform(loadEnvironment("dev", root))).filter((object) => object.kind === "Secret");
  return new Map(
    secrets.flatMap(({ metadata, stringData }) =>
      Object.keys(stringData)
        .filter((key) => {
          const value = stringData[key];
          // Some are text alone, such as the name of a user.
          return isSecret(value) && leavesOf(value).length > 0;
        })
        .map((key) => [
          `${metadata.name}.${key}`,
          Buffer.from(data.get(metadata.name)?.[key] ?? "", "base64").toString(),
        ]),
    ),
  );
}

/** Files of a folder by path, with what is in them. */
function filesBelow(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), "utf8")]),
  );
}

async function results(): Promise<string[]> {
  const { stdout } = await repository.suoke(["ledger", "show", "dev", "--json"]);
  return (JSON.parse(stdout) as Entry[]).map((entry) => (entry.kind === "withdrawal" ? "withdrawn" : entry.result));
}

describe("the pipeline with Pulumi", { timeout: 900_000 }, () => {
  it("brings develop to dev, as its deployer", async () => {
    const { code, output } = await run("deploy:dev");
    expect(code, output).toBe(0);
    expect(output).toContain("routes answer as they should");
    expect(await images()).toContain(`auth-service@${digest("a")}`);
    expect(await results()).toEqual(["healthy"]);
  });

  it("previews a merge request as its previewer, with what only Pulumi knows, and shows no secret", async () => {
    const review = pipeline();
    const set = ["image", "set", "auth-service", digest("c"), "--env", "dev"];
    expect((await review.clone.suoke(set)).code).toBe(0);
    const { code, output } = await job(review, "preview:dev", {
      CI_PIPELINE_SOURCE: "merge_request_event",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: review.clone.git("rev-parse", "HEAD~1"),
    });
    expect(code, output).toBe(0);
    const [preview, report] = ["dev.preview.json", "dev.preview.md"].map((file) =>
      readFileSync(join(review.clone.tree, "reports", file), "utf8"),
    );
    expect((JSON.parse(preview ?? "") as { changeSummary: object }).changeSummary).toMatchObject({ update: 1 });
    expect(report).toContain("auth-service");
    expect(`${preview ?? ""}${report ?? ""}${output}`).not.toContain(password);
    expect(await images()).not.toContain(digest("c"));
  });

  it("refuses a merge request whose program no longer asks the rules, by the policy pack, and says why", async () => {
    const review = pipeline();
    const edit = (file: string, from: string, to: string): void => {
      const path = join(review.clone.tree, file);
      const before = readFileSync(path, "utf8");
      expect(before).toContain(from);
      writeFileSync(path, before.replace(from, to));
    };
    edit("kubernetes/hardened.ts", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false");
    edit("stacks/platform.ts", "refuse(findings);", "void findings;");
    const { code, output } = await job(review, "preview:dev", {
      CI_PIPELINE_SOURCE: "merge_request_event",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: review.clone.git("rev-parse", "HEAD"),
    });
    expect(code, output).toBe(1);
    expect(output).toContain("[containers/read-only-root]");
    expect(output).not.toContain(password);
  });

  it("takes back what does not work, and the state's lock is free", async () => {
    await run("image:dev", { SERVICE: "auth-service", DIGEST: broken });
    const { code, output } = await run("deploy:dev");
    expect(code, output).toBe(1);
    expect(output).toMatch(/answered 502\. .*\[smoke\/error\]/);
    expect(output).toContain("dev works again.");
    expect(await images()).toContain(`auth-service@${digest("a")}`);
    expect((await results()).slice(-3)).toEqual(["failed", "withdrawn", "healthy"]);
  });

  it("gives back a lock that a killed job has left behind, so that the next one can go on", () => {
    const { tree } = repository.clone("develop");
    const file = join(local, "exported.json");
    writeFileSync(file, pulumi(tree, first.variables, "stack", "export", "--stack=dev"));
    const write = (): string => pulumi(tree, first.variables, "stack", "import", "--stack=dev", "--file", file);
    leaveLock(join(local, "state"), "dev", "18262c43-124d-4f19-b90f-24db3c0a22a3");
    expect(write).toThrow("currently locked by 1 lock(s)");
    const env = { ...process.env, ...first.variables, PATH: programs.join(":"), CI_JOB_STATUS: "failed" };
    execFileSync(join(tree, ".ci/unlock"), ["dev"], { cwd: tree, env });
    expect(locks(join(local, "state"), "dev")).toEqual([]);
    expect(write).not.toThrow();
  });

  it("sees no drift, and then what somebody has changed by hand", async () => {
    const none = await run("drift:dev", { SCHEDULE: "drift" });
    expect(none.code, none.output).toBe(0);
    await onCluster("set", "image", "deployment/auth-service", "auth-service=registry.suoke.life/auth-service:hotfix");
    const drift = await run("drift:dev", { SCHEDULE: "drift" });
    expect([drift.code, drift.output.includes("auth-service:hotfix")], drift.output).toEqual([1, true]);
    const nowhere = await run("drift:dev", { SCHEDULE: "drift", PULUMI_BACKEND_URL: `file://${join(local, "none")}` });
    expect([nowhere.code, nowhere.output.includes("could not look")], nowhere.output).toEqual([1, true]);
    const mended = await run("deploy:dev");
    expect(mended.code, mended.output).toBe(0);
    expect(await images()).toContain(`auth-service@${digest("a")}`);
  });

  it("exports the state, in which secrets stay encrypted", async () => {
    const nightly = pipeline();
    const { code, output } = await job(nightly, "state:dev", { SCHEDULE: "nightly" });
    expect(code, output).toBe(0);
    const exported = readFileSync(join(nightly.clone.tree, "reports/state-dev.json"), "utf8");
    expect(exported).toContain("auth-service-Deployment-auth-service");
    // Every generated password and every setting, as the cluster has it; in the backend as well, whose history keeps them longest.
    const values = await secretValues();
    expect(values.size).toBeGreaterThan(30);
    expect([...values.values()].filter((value) => value.includes(password))).not.toEqual([]);
    const backend = filesBelow(join(local, "state"));
    expect(Object.keys(backend).length).toBeGreaterThan(3);
    const texts: Readonly<Record<string, string>> = { ...backend, exported };
    expect(disclosed(values, texts)).toEqual([]);
    expect(Object.keys(texts).filter((name) => texts[name]?.includes(password))).toEqual([]);
    expect(disclosed(values, { cluster: await onCluster("get", "secrets", "-o", "json") })).toHaveLength(values.size);
  });

  it("rebuilds a lost state from the cluster: nothing is replaced, restarted or made anew, and the next change goes through", async () => {
    const { tree, suoke, git } = repository.clone("develop");
    const kubeconfig = { KUBECONFIG: cluster.kubeconfig, PATH: programs.join(":") };
    const second = { ...backend(join(local, "rebuilt"), "another key").variables, ...kubeconfig };
    const before = await identities();
    withoutSecrets(tree, "dev");
    pulumi(tree, second, "stack", "init", "dev", "--secrets-provider=passphrase");
    const readBack = await suoke(["recover", "dev", "--out", join(local, "recovered"), "--set-secrets"], second);
    expect([readBack.code, readBack.stdout], readBack.stderr).toEqual([0, expect.not.stringContaining("Not ")]);
    const adopted = await suoke(["recover", "dev", "--adopt"], second);
    expect(adopted.code, adopted.stdout + adopted.stderr).toBe(0);
    expect(await identities()).toEqual(before);
    pulumi(tree, second, "preview", "--stack=dev", "--expect-no-changes");
    expect(git("status", "--short").trim()).toBe("M Pulumi.dev.yaml");

    const file = join(tree, "Pulumi.dev.yaml");
    const entry = { key: "suoke-life:images", entry: "auth-service", value: digest("d") };
    writeFileSync(file, withEntry(readFileSync(file, "utf8"), file, entry));
    pulumi(tree, second, "up", "--yes", "--skip-preview", "--stack=dev");
    expect(await images()).toContain(`auth-service@${digest("d")}`);
  });
});
