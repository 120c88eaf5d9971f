import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sloTable } from "../../cli/slo.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { dashboardJson } from "../../components/grafana/json.ts";
import { layout } from "../../components/monitoring/dashboard.ts";
import { root } from "../../local/paths.ts";
import { reachability, reachLines } from "../../review/reachability.ts";
import { objectivesOf } from "../../stacks/monitoring.ts";
import { runningServices } from "../../stacks/platform.ts";
import { alertCases } from "../alerts/cases.ts";
import { built, committed, environmentOf } from "../support/environments.ts";
import { renderedFile, rulesOf } from "../support/metrics/rules.ts";

const runbooks = readdirSync(join(root, "docs/runbooks")).map((file) => file.replace(/\.md$/, ""));
const rules = committed.flatMap(({ name }) => rulesOf(name).groups.flatMap((group) => group.rules));
const names = [...new Set(rules.flatMap(({ alert }) => alert ?? []))].sort();

describe("every alert of every environment", () => {
  it.each(names)("%s is proved, has a runbook, an owner, a severity and words in both languages", (name) => {
    const proof = alertCases.filter(({ alert }) => alert === name);
    expect(proof).toHaveLength(1);
    if (name !== "Watchdog") {
      expect(proof[0]?.silent.length).toBeGreaterThan(0);
      expect(proof[0]?.resolves).toBeDefined();
    }
    expect(proof[0]?.fires.length).toBeGreaterThan(0);
    const runbook = readFileSync(join(root, `docs/runbooks/${name}.md`), "utf8");
    for (const part of ["# " + name, "## Meaning", "## Impact", "## Diagnosis", "## Mitigation"])
      expect(runbook).toContain(part);
    for (const rule of rules.filter(({ alert }) => alert === name)) {
      expect(["critical", "warning", "info"]).toContain(rule.labels?.["severity"]);
      const { summary, summary_en, description, description_en, runbook_url, dashboard_url, changes_url } =
        rule.annotations ?? {};
      expect(summary).toMatch(/\p{Script=Han}/u);
      expect(description).toMatch(/\p{Script=Han}/u);
      expect(summary_en).not.toMatch(/\p{Script=Han}/u);
      expect(description_en).not.toBe("");
      expect(runbook_url).toMatch(new RegExp(`/docs/runbooks/${name}\\.md$`));
      expect(dashboard_url).toMatch(/\/d\/suoke-/);
      expect(changes_url).toMatch(/\/d\/suoke-changes/);
    }
  });

  it("is one that exists: no proof and no runbook without an alert", () => {
    expect(alertCases.map(({ alert }) => alert).sort()).toEqual(names);
    expect(runbooks.filter((name) => /^[A-Z]/.test(name) && !names.includes(name))).toEqual([]);
  });
});

describe("objectives", () => {
  it("are worth so many minutes, and alert from so much on", () => {
    const table = (env: "dev" | "prod") =>
      sloTable(objectivesOf(environmentOf(env), runningServices(environmentOf(env)).values()));
    const row = (text: string, service: string) =>
      text
        .split("\n")
        .find((line) => line.startsWith(service))
        ?.split(/ {2,}/)
        .slice(1);
    expect(row(table("prod"), "suoke-life-gateway")).toEqual([
      "200 ms",
      "5 %",
      "0.01 %",
      "4.32 min",
      "0.144 %",
      "0.06 %",
      "0.03 %",
      "0.01 %",
    ]);
    expect(row(table("prod"), "auth-service")).toEqual([
      "200 ms",
      "5 %",
      "0.1 %",
      "43.2 min",
      "1.44 %",
      "0.6 %",
      "0.3 %",
      "0.1 %",
    ]);
    expect(row(table("dev"), "suoke-life-gateway")?.[2]).toBe("1 %");
  });
});

describe.each(committed)("Grafana in $name", ({ environment }) => {
  const objects = objectsOf(built(environment));
  const pod = objects.find((object) => object.kind === "Deployment" && object.metadata.name === "grafana");
  const spec = pod?.kind === "Deployment" ? pod.spec?.template.spec : undefined;
  const sources = objects.find(
    (object) => object.kind === "ConfigMap" && object.metadata.name.startsWith("grafana-provisioning-"),
  );
  const text = sources?.kind === "ConfigMap" ? (sources.data?.["datasources.yaml"] ?? "") : "";

  it("reads log lines as the user that may read, with a password that stands in no ConfigMap", () => {
    const [, user = ""] = /basicAuthUser: (\S+)/.exec(text) ?? [];
    expect(user).toMatch(/^suoke_reader_[ab]$/);
    expect(text).toContain("basicAuthPassword: $__file{");
    const secret = spec?.volumes?.find(({ name }) => name === "logs")?.secret?.secretName;
    expect(secret).toBe(`elasticsearch-user-reader-${user.slice(-1)}`);
  });

  it("mounts each file that its data sources name", () => {
    const named = [...text.matchAll(/\$__file\{([^}]+)\}/g)].map(([, path]) => path);
    const mounted = (spec?.containers[0]?.volumeMounts ?? []).flatMap(({ name, mountPath }) =>
      (spec?.volumes?.find((volume) => volume.name === name)?.secret?.items ?? []).map(
        ({ path }) => `${mountPath}/${path}`,
      ),
    );
    expect(named).toHaveLength(2);
    expect(named.filter((path) => !mounted.includes(path ?? ""))).toEqual([]);
  });
});

describe("access to Prometheus and Grafana", () => {
  const prod = environmentOf("prod");
  const { monitoring } = prod.settings;
  const lines = (access: typeof monitoring.access): string[] =>
    reachLines(
      reachability(objectsOf(built({ ...prod, settings: { ...prod.settings, monitoring: { ...monitoring, access } } })))
        .reaches,
    ).filter((line) => /^(prometheus TCP 9090|grafana TCP 3000) /.test(line));

  it("is the platform's own alone unless the settings let somebody in", () => {
    expect(lines({ prometheus: [], grafana: [] })).toEqual([
      "grafana TCP 3000 < prometheus",
      "prometheus TCP 9090 < grafana prometheus",
    ]);
  });

  it("is given to pods of another namespace and to addresses, each for the one that names them", () => {
    expect(
      lines({
        prometheus: [{ kind: "pods", namespace: "gitlab-runner", labels: { app: "job" } }],
        grafana: [{ kind: "addresses", cidrs: ["10.9.0.0/24"] }],
      }),
    ).toEqual([
      "grafana TCP 3000 < 10.9.0.0/24 prometheus",
      "prometheus TCP 9090 < gitlab-runner/job grafana prometheus",
    ]);
  });
});

describe.each(committed)("the dashboards of $name", ({ environment }) => {
  const files = built(environment)
    .filter(({ name }) => name === "grafana")
    .flatMap(({ manifests }) => manifests.map(({ object }) => object))
    .flatMap((object) => (object.kind === "ConfigMap" ? Object.entries(object.data ?? {}) : []))
    .filter(([file]) => file.endsWith(".json"));
  interface Place {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  }
  interface Json {
    readonly uid: string;
    readonly title: string;
    readonly panels: readonly {
      readonly type: string;
      readonly title: string;
      readonly description?: string;
      readonly gridPos: Place;
      readonly datasource?: { readonly uid: string };
      readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
    }[];
  }
  it.each(files)(
    "%s: each panel has a unit, words, the data source of the variable, and its own place",
    (file, text) => {
      const dashboard = JSON.parse(text) as Json;
      expect(`${dashboard.uid}.json`).toBe(file);
      const panels = dashboard.panels.filter(({ type }) => type !== "row");
      expect(panels.length).toBeGreaterThan(0);
      for (const panel of panels) {
        expect(panel.fieldConfig?.defaults.unit, panel.title).toBeTruthy();
        expect(panel.description, panel.title).toMatch(/\p{Script=Han}[^]*\n\n/u);
        expect(panel.datasource?.uid).toBe("${environment}");
      }
      const overlap = (a: Place, b: Place): boolean =>
        a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
      const all = dashboard.panels.map(({ gridPos }) => gridPos);
      for (const [index, a] of all.entries()) {
        expect(a.x + a.w).toBeLessThanOrEqual(24);
        expect(all.slice(index + 1).filter((b) => overlap(a, b))).toEqual([]);
      }
    },
  );
  it("has the plan's own", () => {
    const plan = files.map(([, text]) => JSON.parse(text) as Json).find(({ title }) => title === "索克生活系统监控");
    expect(plan?.panels.map(({ title }) => title)).toEqual(
      expect.arrayContaining(["API网关性能", "AI智能体状态", "数据库性能"]),
    );
  });
});

describe("the layout of a dashboard", () => {
  it("begins a new line where a panel no longer fits", () => {
    const panel = {
      title: "p",
      kind: "stat",
      unit: "short",
      description: { en: "", zh: "" },
      queries: [],
      width: 12,
    } as const;
    const dashboard = { uid: "x", title: "x", services: false, rows: [{ title: "r", panels: [panel, panel, panel] }] };
    expect(layout(dashboard).panels.map(({ x, y }) => [x, y])).toEqual([
      [0, 1],
      [12, 1],
      [0, 5],
    ]);
    expect(dashboardJson(dashboard)).toMatchObject({ uid: "x", editable: false });
  });
});

describe("prometheus.yml", () => {
  const config = (name: "dev" | "prod") => renderedFile(built(environmentOf(name)), "prometheus", "prometheus.yml");
  it("keeps the plan's intervals, jobs and file of rules", () => {
    const text = config("prod");
    for (const part of ["scrape_interval: 15s", "evaluation_interval: 15s", "suoke_life_rules.yml"])
      expect(text).toContain(part);
    for (const job of ["suoke-life-services", "infrastructure", "api-gateway"])
      expect(text).toContain(`job_name: ${job}`);
    expect(text).toMatch(/job_name: suoke-life-services[^]*scrape_interval: 10s/);
  });
  it("keeps series for less than the volume holds", () => {
    // 80 % of 10 GiB.
    expect(config("dev")).toContain("size: 8192MB");
    expect(config("dev")).toContain("time: 7d");
  });
});
