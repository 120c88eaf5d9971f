import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measure } from "../../cli/rollout-gate.ts";
import type { Objective } from "../../components/monitoring/objectives.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import type { Fork } from "../support/fork.ts";
import { fork } from "../support/fork.ts";
import type { PrometheusServer } from "../support/metrics/run.ts";
import type { Point } from "../support/metrics/server.ts";
import { prometheusWith } from "../support/metrics/server.ts";

/** Seconds between two scrapes, as for the platform's services. */
const interval = 10;
/** Seconds that Prometheus knows of, and those that the gate looks at. */
const known = 3600;
const step = 1200;

interface Pods {
  readonly service: string;
  readonly track: string;
  readonly version: string;
  readonly pods: number;
  /** Seconds since they began. */
  readonly age: number;
  /** Requests of each pod between two scrapes: all, those that fail, those that take long. */
  readonly each: { readonly ok: number; readonly failed: number; readonly slow: number };
  /** A pod loses its counters when it restarts: seconds ago. */
  readonly restart?: number;
  readonly dialect?: "python" | "go";
}

/** What scraping such pods would have left. Counters begin at 0 before the first scrape sees them. */
function history({ service, track, version, pods, age, each, restart, dialect = "python" }: Pods): Point[] {
  const go = dialect === "go";
  const [requests, status, durations, unit] = go
    ? ["http_server_requests_code_total", "code", "http_server_requests_duration_ms", 1000]
    : ["http_requests_total", "status", "http_request_duration_seconds", 1];
  return Array.from({ length: pods }, (_, pod) => pod).flatMap((pod) => {
    const labels = `job="suoke-life-services",service="${service}",track="${track}",version="${version}",instance="${track}-${version}-${pod}"`;
    const ages = Array.from({ length: Math.floor(age / interval) }, (_, index) => age - index * interval);
    return ages.flatMap((ago) => {
      const since = restart !== undefined && pod === 0 && ago <= restart ? restart : age;
      const count = Math.floor((since - ago) / interval) + 1;
      const point = (name: string, more: string, value: number): Point[] =>
        // A series comes with its first event.
        value === 0 ? [] : [{ series: `${name}{${labels}${more}}`, ago, value }];
      const all = count * (each.ok + each.failed);
      const fast = all - count * each.slow;
      return [
        ...point(requests, `,${status}="200"`, count * each.ok),
        ...point(requests, `,${status}="503"`, Math.floor(count * each.failed)),
        ...point(`${durations}_bucket`, `,le="${0.1 * unit}"`, fast),
        ...point(`${durations}_bucket`, `,le="${0.3 * unit}"`, fast),
        ...point(`${durations}_bucket`, `,le="${3 * unit}"`, all),
        ...point(`${durations}_bucket`, ',le="+Inf"', all),
        ...point(`${durations}_count`, "", all),
      ];
    });
  });
}

const good = { ok: 10, failed: 0, slow: 0 };
const past: readonly Point[] = [
  // The stable track fails all the time, and so did the canary before this one: neither is judged.
  { service: "auth-service", track: "stable", version: "v1.0.0", pods: 2, age: known, each: { ...good, failed: 5 } },
  { service: "auth-service", track: "canary", version: "v1.9.0", pods: 1, age: known, each: { ...good, failed: 5 } },
  { service: "auth-service", track: "canary", version: "v2.0.0", pods: 2, age: known, each: good },
  // One request in a hundred fails, for a pod has just come that fails once and never again.
  {
    service: "user-service",
    track: "canary",
    version: "v2.0.0",
    pods: 2,
    age: 600,
    each: { ok: 10, failed: 0.1, slow: 0 },
  },
  {
    service: "suoke-life-gateway",
    track: "canary",
    version: "v2.0.0",
    pods: 2,
    age: known,
    each: { ...good, slow: 1 },
  },
  { service: "xiaoke-service", track: "green", version: "v2.0.0", pods: 2, age: known, each: good, restart: 600 },
].flatMap((pods): Point[] => history({ ...pods, dialect: pods.service === "suoke-life-gateway" ? "go" : "python" }));

let prometheus: PrometheusServer;
beforeAll(async () => {
  await buildToolchain(["prometheus"], silent);
  prometheus = await prometheusWith(past);
}, 40 * 60_000);
afterAll(() => prometheus.stop());

function objective(service: string, runtime: "python" | "go" = "python"): Objective {
  return { service, runtime, team: "identity", latencyP95Ms: 200, errorRatio: 0.001, availability: 0.999 };
}

/** Within a scrape or two: the time between the last scrape and the question counts for something. */
function near(value: number, expected: number): void {
  expect(Math.abs(value - expected), `${value} is near ${expected}`).toBeLessThan(0.04 * expected);
}

describe("what the real Prometheus tells the gate", () => {
  const judged = { track: "canary", version: "v2.0.0", seconds: step } as const;

  it("are the requests of the canary's own version, whatever the other tracks do", async () => {
    const { requests, failed, slow } = await measure(prometheus.url, objective("auth-service"), judged);
    near(requests, 2 * 10 * (step / interval));
    expect(failed).toBe(0);
    expect(slow).toBeCloseTo(0, 6);
  });

  it("counts requests from before the first scrape: the first failure is often the only one", async () => {
    const { requests, failed } = await measure(prometheus.url, objective("user-service"), judged);
    near(requests, 2 * 10.1 * (600 / interval));
    near(failed, 2 * 0.1 * (600 / interval));
  });

  it("reads what is slow off the buckets of a service in Go, which counts milliseconds", async () => {
    const { requests, slow } = await measure(prometheus.url, objective("suoke-life-gateway", "go"), judged);
    near(requests, 2 * 10 * (step / interval));
    near(slow, 2 * (step / interval));
  });

  it("loses nothing when a pod restarts", async () => {
    const green = { ...judged, track: "green" } as const;
    near((await measure(prometheus.url, objective("xiaoke-service"), green)).requests, 2 * 10 * (step / interval));
  });

  it("is nothing of a service that has had no requests, and an error where it cannot be asked", async () => {
    const none = await measure(prometheus.url, objective("soer-service"), judged);
    expect(none).toEqual({ requests: 0, failed: 0, slow: 0 });
    await expect(measure("http://127.0.0.1:9", objective("soer-service"), judged)).rejects.toThrow("did not answer");
    await expect(measure("prometheus", objective("soer-service"), judged)).rejects.toThrow("is no URL");
  });
});

describe("./suoke rollout --gate", { timeout: 240_000 }, () => {
  let repository: Fork;
  beforeAll(() => {
    repository = fork();
  });
  afterAll(() => repository.remove());

  /** A clone in which a service's canary has half of the requests, and what a step to a tenth leads to. */
  async function step(service: string, ...more: readonly string[]) {
    const clone = repository.clone();
    const file = join(clone.tree, "Pulumi.prod.yaml");
    const block = `  suoke-life:rollouts:\n    ${service}:\n      canary: { image: v2.0.0, weight: 50, minReplicas: 5 }\n`;
    writeFileSync(file, `${readFileSync(file, "utf8")}${block}`);
    clone.git("commit", "--all", "--quiet", "--message=A canary");
    const before = clone.git("rev-parse", "HEAD");
    const gate = ["--gate", "--prometheus-url", prometheus.url, "--over", "20m", ...more];
    const said = await clone.suoke(["rollout", "prod", service, "--weight", "10", ...gate], {
      KUBECONFIG: "/nonexistent",
    });
    const [, weight] = /weight: (\d+)/.exec(readFileSync(file, "utf8")) ?? [];
    return { ...said, weight, commits: Number(clone.git("rev-list", "--count", `${before}..HEAD`)), clone };
  }

  it("takes the step when the canary keeps what the service promises", async () => {
    const { code, stdout, weight, commits } = await step("auth-service");
    expect([code, weight, commits]).toEqual([0, "10", 1]);
    expect(stdout).toMatch(/^Gate: 2[34]\d\d requests, 0 failed, 0 slow: that is what the service promises\.\n/);
  });

  it("aborts with exit code 1 when it does not, and says in the commit why", async () => {
    const { code, stdout, weight, commits, clone } = await step("suoke-life-gateway", "--samples", "1000");
    expect([code, weight, commits]).toEqual([1, "0", 1]);
    expect(stdout).toContain("Abort suoke-life-gateway's canary in prod: it gets no more requests.");
    expect(clone.git("log", "-1", "--format=%B")).toMatch(
      /suoke-life-gateway \(canary\): 10 % of 2[34]\d\d requests .* 200 ms/,
    );
  });

  it("refuses with exit code 2 when there are too few requests, and changes nothing", async () => {
    const { code, stderr, weight, commits } = await step("auth-service", "--samples", "5000");
    expect([code, weight, commits]).toEqual([2, "50", 0]);
    expect(stderr).toMatch(
      /^auth-service \(canary\) has had 2[34]\d\d requests in 20 min, and 5000 are needed to judge it\./,
    );
  });

  it("says what the abort would be and writes nothing with --dry-run", async () => {
    const { code, stdout, weight, commits } = await step(
      "suoke-life-gateway",
      "--samples",
      "1000",
      "--dry-run",
      "--json",
    );
    expect([code, weight, commits]).toEqual([1, "50", 0]);
    expect(JSON.parse(stdout)).toMatchObject({ dryRun: true, commit: null, gate: { passed: false } });
  });
});
