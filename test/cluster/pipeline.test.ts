import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { services } from "../../catalogue/services.ts";
import { kubectl, kubectlOutput } from "../../cli/kubectl.ts";
import type { Entry } from "../../delivery/ledger.ts";
import type { ImportFile } from "../../delivery/recovery.ts";
import { withEntry } from "../../delivery/settings-file.ts";
import { probesOf } from "../../delivery/smoke.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { clusterAdmin, deleteCluster } from "../../local/control-plane.ts";
import { instance, toolchainFolder } from "../../local/paths.ts";
import type { EnvironmentName } from "../../stacks/environment.ts";
import { runningImages } from "../../stacks/images.ts";
import { environments, loadEnvironment } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import type { Fork } from "../support/fork.ts";
import { fork } from "../support/fork.ts";
import type { Stub } from "../support/gateway.ts";
import { gateway, prometheus, stores } from "../support/gateway.ts";
import type { Job, Pipeline } from "../support/pipeline.ts";
import { job, jobs } from "../support/pipeline.ts";

// The real .gitlab-ci.yml, job by job, against an embedded cluster of its own. What stands for GitLab is a bare repository
// and gitlab-ci-local; what stands for the gateway answers by the images that the cluster runs.

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
/** The service whose image has this digest does not work. */
const broken = digest("b");

let repository: Fork;
let local: string;
let stubs: { readonly gateway: Stub; readonly prometheus: Stub; readonly stores: Stub };
let budget: Readonly<Record<string, number>>;

beforeAll(async () => {
  local = mkdtempSync(join(tmpdir(), "suoke-pipeline-"));
  repository = fork();
  // Staging and dev run digests already, as they do once applications hand theirs over.
  for (const environment of ["dev", "staging"] as const) {
    const file = join(repository.tree, `Pulumi.${environment}.yaml`);
    const images = runningImages(loadEnvironment(environment, repository.tree));
    const text = Object.keys(images).reduce(
      (before, entry) => withEntry(before, file, { key: "suoke-life:images", entry, value: digest("a") }),
      readFileSync(file, "utf8"),
    );
    writeFileSync(file, text);
  }
  const { code, stderr } = await repository.suoke(["generate"]);
  expect([code, stderr]).toEqual([0, ""]);
  repository.git("commit", "--all", "--quiet", "--message=Digests");
  repository.git("push", "--quiet", "origin", "main", "main:develop");
  const probes = probesOf(Object.values(services));
  const entry = await gateway(probes, async (service) => !(await imagesIn("staging")).includes(`${service}@${broken}`));
  stubs = {
    gateway: entry,
    prometheus: await prometheus(() => budget),
    stores: await stores(entry.traces),
  };
}, 300_000);
afterAll(async () => {
  await Promise.all(Object.values(stubs).map((stub) => stub.close()));
  await deleteCluster(instance(local, "cluster"));
  repository.remove();
  rmSync(local, { recursive: true, force: true });
}, 120_000);
beforeEach(() => {
  budget = { "auth-service": 0.7 };
});

/** A fresh clone, as a runner has it. */
function pipeline(branch: "main" | "develop"): Pipeline {
  const variables = {
    SMOKE_URL: stubs.gateway.url,
    SMOKE_TRACES_URL: stubs.stores.url,
    SMOKE_LOGS_URL: stubs.stores.url,
    PROMETHEUS_URL: stubs.prometheus.url,
  };
  return { clone: repository.clone(branch), local, variables };
}

function run(branch: "main" | "develop", name: string, variables: Readonly<Record<string, string>> = {}): Promise<Job> {
  return job(pipeline(branch), name, variables);
}

/** Images of the Deployments that run, without the registry. */
async function imagesIn(environment: EnvironmentName): Promise<string> {
  const { stdout } = await kubectl(clusterAdmin(instance(local, "cluster")), [
    ...["get", "deployments", `--namespace=${environments[environment].namespace}`],
    ...["-o", "jsonpath={.items[*].spec.template.spec.containers[*].image}"],
  ]);
  return stdout.replaceAll("registry.suoke.life/", "");
}

async function ledger(environment: EnvironmentName): Promise<readonly Entry[]> {
  const { stdout } = await repository.suoke(["ledger", "show", environment, "--json"]);
  return stdout.startsWith("[") ? (JSON.parse(stdout) as Entry[]) : [];
}

/** For commands that a person runs beside the pipeline. */
const embedded = (): Readonly<Record<string, string>> => ({ SUOKE_LOCAL: local, SUOKE_TOOLCHAIN: toolchainFolder });

const results = (entries: readonly Entry[]): string[] =>
  entries.map((entry) => (entry.kind === "withdrawal" ? "withdrawn" : entry.result));

describe("the pipeline", { timeout: 900_000 }, () => {
  it("has the jobs that each occasion calls for, and no others", async () => {
    const [main, develop] = [pipeline("main"), pipeline("develop")];
    expect(await jobs(develop, {})).toEqual({ check: "on_success", "deploy:dev": "on_success" });
    expect(await jobs(main, {})).toEqual({
      check: "on_success",
      "deploy:staging": "on_success",
      "promote:prod": "manual",
      "deploy:prod": "manual",
      dora: "on_success",
    });
    const review = { CI_PIPELINE_SOURCE: "merge_request_event" };
    expect(Object.keys(await jobs(main, review))).toEqual([
      ...["check", "test", "hardening", "report: [dev]", "report: [staging]", "report: [prod]"],
    ]);
    expect(Object.keys(await jobs(main, { ...review, SUOKE_ENGINE: "pulumi", COMMENT_TOKEN: "x" }))).toEqual([
      ...["check", "test", "hardening", "report: [dev]", "report: [staging]", "report: [prod]", "comment"],
      ...["preview:dev", "preview:staging", "preview:prod"],
    ]);
    expect(Object.keys(await jobs(develop, { SERVICE: "a", DIGEST: digest("a") }))).toEqual(["image:dev"]);
    expect(Object.keys(await jobs(main, { SERVICE: "a", DIGEST: digest("a") }))).toEqual(["image:staging"]);
    expect(Object.keys(await jobs(main, { ROLLBACK: "prod" }))).toEqual(["rollback:prod"]);
    expect(Object.keys(await jobs(main, { SCHEDULE: "drift" }))).toEqual(["drift:staging", "drift:prod", "dora"]);
    expect(Object.keys(await jobs(main, { SCHEDULE: "nightly", SUOKE_ENGINE: "pulumi" }))).toEqual([
      ...["test", "policies", "audit", "sbom", "state:staging", "state:prod", "dora"],
    ]);
  });

  it("checks a merge request, and reports what it changes in each form that GitLab reads", async () => {
    const checked = await run("main", "check", { CI_PIPELINE_SOURCE: "merge_request_event" });
    expect([checked.code, checked.output.includes("0 failed")], checked.output).toEqual([0, true]);

    const review = pipeline("main");
    const request = {
      CI_PIPELINE_SOURCE: "merge_request_event",
      CI_MERGE_REQUEST_DIFF_BASE_SHA: review.clone.git("rev-parse", "HEAD~1"),
    };
    // Another image of the platform's tools makes the Job of the migrations anew.
    const refused = await job(review, "report: [staging]", request);
    expect([refused.code, refused.output.includes("approve:replacement")], refused.output).toEqual([1, true]);
    const { code, output } = await job(review, "report: [staging]", {
      ...request,
      CI_MERGE_REQUEST_LABELS: "approve:replacement",
    });
    expect(code, output).toBe(0);
    const report = (suffix: string): string =>
      readFileSync(join(review.clone.tree, `reports/staging.${suffix}`), "utf8");
    expect(report("md")).toContain("auth-service");
    expect(Object.keys(JSON.parse(report("terraform.json")) as object).sort()).toEqual(["create", "delete", "update"]);
    expect(Array.isArray(JSON.parse(report("codequality.json")))).toBe(true);
    expect([report("junit.xml").includes("<testsuite"), report("html").includes("<html")]).toEqual([true, true]);
  });

  it("brings what an application hands over to dev", async () => {
    const handed = await run("develop", "image:dev", {
      SERVICE: "soer-service",
      DIGEST: digest("d"),
      SOURCE: "agents/soer-service@1a2b3c4",
      COMMITTED_AT: "2026-11-01T10:00:00+08:00",
    });
    expect(handed.code, handed.output).toBe(0);
    const { code, output } = await run("develop", "deploy:dev");
    expect(code, output).toBe(0);
    expect(await imagesIn("dev")).toContain(`soer-service@${digest("d")}`);
    expect(results(await ledger("dev"))).toEqual(["healthy"]);
  });

  it("brings main to staging, and then what staging has shown to work, reviewed, to prod", async () => {
    const staged = await run("main", "deploy:staging");
    expect(staged.code, staged.output).toBe(0);
    expect(staged.output).toContain("routes answer as they should");
    expect(staged.output).toMatch(/Trace [0-9a-f]{32} arrived\./);

    const early = await run("main", "deploy:prod");
    expect([early.code, early.output.includes("[delivery/no-digest]")], early.output).toEqual([1, true]);
    expect([await imagesIn("prod"), await ledger("prod")]).toEqual(["", []]);

    const promoted = await run("main", "promote:prod");
    expect(promoted.code, promoted.output).toBe(0);
    const merge = repository.clone("main");
    merge.git("merge", "--quiet", "--ff-only", "origin/promote-prod");
    merge.git("push", "--quiet", "origin", "main");

    budget = { "auth-service": 0.02 };
    const spent = await run("main", "deploy:prod");
    expect([spent.code, spent.output.includes("[delivery/error-budget]")], spent.output).toEqual([1, true]);

    budget = { "auth-service": 0.7 };
    const deployed = await run("main", "deploy:prod");
    expect(deployed.code, deployed.output).toBe(0);
    expect(await imagesIn("prod")).toContain(`auth-service@${digest("a")}`);
    expect(results(await ledger("prod"))).toEqual(["healthy"]);
  });

  it("takes back what does not work, keeps it out of prod, and says so", async () => {
    const before = await run("main", "deploy:staging");
    expect(before.code, before.output).toBe(0);
    await run("main", "image:staging", { SERVICE: "auth-service", DIGEST: broken });
    const { code, output } = await run("main", "deploy:staging");
    expect(code, output).toBe(1);
    expect(output).toMatch(/answered 502\. .*\[smoke\/error\]/);
    expect(output).toContain("staging works again.");
    expect(await imagesIn("staging")).toContain(`auth-service@${digest("a")}`);
    expect(results(await ledger("staging")).slice(-3)).toEqual(["failed", "withdrawn", "healthy"]);
    const file = repository.clone("main").git("show", "HEAD:Pulumi.staging.yaml");
    expect(file).toContain(`auth-service: ${digest("a")}`);
  });

  it("rolls one service back when it is asked to", async () => {
    await run("main", "image:staging", { SERVICE: "user-service", DIGEST: digest("c") });
    const deployed = await run("main", "deploy:staging");
    expect(deployed.code, deployed.output).toBe(0);
    const { code, output } = await run("main", "rollback:staging", {
      ROLLBACK: "staging",
      SERVICE: "user-service",
      REASON: "slow",
    });
    expect(code, output).toBe(0);
    expect(await imagesIn("staging")).toContain(`user-service@${digest("a")}`);
  });

  it("notices a hand fix with exit code 1, and cannot judge without a cluster with exit code 2", async () => {
    const deployed = await run("main", "deploy:staging");
    expect(deployed.code, deployed.output).toBe(0);
    const none = await run("main", "drift:staging", { SCHEDULE: "drift" });
    expect(none.code, none.output).toBe(0);
    await kubectlOutput(clusterAdmin(instance(local, "cluster")), [
      ...["set", "image", "deployment/auth-service", "auth-service=registry.suoke.life/auth-service:hotfix"],
      `--namespace=${environments.staging.namespace}`,
    ]);
    const drift = await run("main", "drift:staging", { SCHEDULE: "drift" });
    expect([drift.code, drift.output.includes("auth-service:hotfix")], drift.output).toEqual([1, true]);

    const clone = repository.clone("main");
    const adopted = await clone.suoke(["adopt", "staging", "--engine", "embedded"], embedded());
    expect([adopted.code, adopted.stderr]).toEqual([0, ""]);
    expect(clone.git("show", "HEAD:Pulumi.staging.yaml")).toContain("auth-service: hotfix");
    const nowhere = await repository.suoke(["drift", "staging", "--engine", "embedded"], {
      SUOKE_LOCAL: join(local, "nowhere"),
    });
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      "The embedded cluster does not run, so that nothing could be looked at. Start it with: make up\n",
    ]);
  });

  it("can have its state rebuilt from the cluster: every id, and every password as it is", async () => {
    const deployed = await run("main", "deploy:staging");
    expect(deployed.code, deployed.output).toBe(0);
    const clone = repository.clone("main");
    const out = join(local, "recovered");
    const { code, stdout, stderr } = await clone.suoke(
      ["recover", "staging", "--engine", "embedded", "--out", out],
      embedded(),
    );
    expect([code, stderr, stdout.includes("Not in the cluster")]).toEqual([0, "", false]);
    const { resources } = JSON.parse(readFileSync(join(out, "import-staging.json"), "utf8")) as ImportFile;
    const objects = objectsOf(platform(loadEnvironment("staging", clone.tree)));
    expect(resources.flatMap(({ id }) => id ?? []).sort()).toEqual(
      objects.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`).sort(),
    );
    const file = join(out, "secrets-staging.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const secrets = Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, string>);
    const kept = JSON.parse(readFileSync(join(local, "cluster/secrets/staging.json"), "utf8")) as Record<
      string,
      string
    >;
    const generated = secrets.flatMap(([path, text]) => {
      const id = /^secrets\.recovered\["(.*)"\]$/.exec(path)?.[1];
      if (id === undefined) return [];
      const { rotation, value } = JSON.parse(text) as { rotation: number; value: string };
      return [[`${id}#${rotation}`, value] as const];
    });
    expect(Object.fromEntries(generated)).toEqual(kept);
  });

  it("measures itself", async () => {
    await run("main", "deploy:staging");
    const { code, output } = await run("main", "dora");
    expect([code, output.includes("failure rate")], output).toEqual([0, true]);
  });
});
