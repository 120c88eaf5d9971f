import { beforeAll, describe, expect, it } from "vitest";
import { marks } from "../../components/grafana/json.ts";
import { toYaml } from "../../kubernetes/render.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain } from "../../local/toolchain.ts";
import { promtool } from "../support/metrics/promtool.ts";

beforeAll(() => buildToolchain(["prometheus"], silent), 40 * 60_000);

const [versions = "", traffic = ""] = marks.map(({ expr }) => expr);

interface Look {
  readonly at: string;
  /** Labels of each mark that there is then, and its value. */
  readonly marked: readonly (readonly [labels: string, value: number])[];
}

/** What the real Prometheus finds for a mark at some moments, given a value every 15 s of some series. */
async function looks(expr: string, series: Readonly<Record<string, string>>, moments: readonly Look[]): Promise<void> {
  const test = {
    evaluation_interval: "15s",
    tests: [
      {
        interval: "15s",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: moments.map(({ at, marked }) => ({
          expr,
          eval_time: at,
          exp_samples: marked.map(([labels, value]) => ({ labels, value })),
        })),
      },
    ],
  };
  const { output } = await promtool({ "test.yml": toYaml(test) }, "test", "rules", "test.yml");
  expect(output).toContain("SUCCESS");
}

describe("dashboards mark", () => {
  const share = (service: string, track: string): string =>
    `suoke:rollout:percent{service="${service}", track="${track}"}`;
  const mark = (service: string, track: string, percent: number) =>
    [`{service="${service}", track="${track}", percent="${percent}"}`, 1] as const;

  it("a step of a canary with its new shares, for two minutes, and no other service", async () => {
    const series = {
      [share("auth-service", "stable")]: "90x20 75x40",
      [share("auth-service", "canary")]: "10x20 25x40",
      [share("user-service", "stable")]: "100x60",
    };
    await looks(traffic, series, [
      { at: "5m", marked: [] },
      { at: "5m15s", marked: [mark("auth-service", "canary", 25), mark("auth-service", "stable", 75)] },
      { at: "7m", marked: [mark("auth-service", "canary", 25), mark("auth-service", "stable", 75)] },
      { at: "7m15s", marked: [] },
    ]);
  });

  it("its begin and its end", async () => {
    const series = {
      [share("auth-service", "stable")]: "100x40 75x20 100x40",
      [share("auth-service", "canary")]: "_x20 0x19 25x20 stale",
    };
    await looks(traffic, series, [
      { at: "5m30s", marked: [mark("auth-service", "canary", 0)] },
      { at: "15m30s", marked: [mark("auth-service", "stable", 100)] },
    ]);
  });

  it("nothing where Prometheus itself has only just begun to look", async () => {
    await looks(traffic, { [share("auth-service", "stable")]: "_x20 100x40" }, [{ at: "5m30s", marked: [] }]);
  });

  it("a version that was not there", async () => {
    const up = (version: string): string =>
      `up{job="suoke-life-services", service="auth-service", version="${version}", track="stable"}`;
    await looks(versions, { [up("v1")]: "1x60", [up("v2")]: "_x20 1x40" }, [
      { at: "4m45s", marked: [] },
      { at: "5m30s", marked: [['{service="auth-service", version="v2", track="stable"}', 1]] },
      { at: "8m", marked: [] },
    ]);
  });
});
