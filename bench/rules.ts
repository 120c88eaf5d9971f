import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { once } from "node:events";
import { runProgram, sleep } from "../local/process.ts";
import { silent } from "../local/progress.ts";
import { buildToolchain, programPath } from "../local/toolchain.ts";
import { platform } from "../stacks/platform.ts";
import { renderedFile } from "../test/support/metrics/rules.ts";
import { startPrometheus } from "../test/support/metrics/run.ts";
import { writeFileSync } from "node:fs";
import { environmentOf } from "./environment.ts";

/** What one evaluation of all rules took, in seconds, and what there was to look at. */
export interface RulesRound {
  /** Sum over the groups that are evaluated every 15 s; the slowest of several evaluations. */
  readonly everyInterval: number;
  /** The slowest single group among those. */
  readonly slowestGroup: number;
  /** Sum over the groups with intervals of their own, of one minute and of four. */
  readonly seldom: number;
  /** Series in memory. */
  readonly series: number;
}

const podsPerService = 3;
const spansPerService = 10;
/** Days of recorded past, one value every 15 s as in earnest: the longest window of an alert. */
const days = 3;
const step = 15;
const buckets = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
const statuses = ["200", "404", "500"];

/**
 * Lets the real Prometheus evaluate the rendered rules of an environment with so many services. It scrapes three pods of each
 * over HTTP, and a collector with ten span names of each; what budgets look back on is written beforehand.
 */
export async function rulesRound(size: number): Promise<RulesRound> {
  await buildToolchain(["prometheus"], silent);
  const rules = renderedFile(platform(environmentOf(size)), "prometheus", "suoke_life_rules.yml");
  const names = Array.from({ length: size }, (_, index) => `service-${String(index).padStart(4, "0")}`);
  const started = Date.now() / 1000;
  const server = createServer((request, response) => {
    const elapsed = Date.now() / 1000 - started;
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(request.url === "/spans" ? spans(names, elapsed) : podMetrics(elapsed));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pods = names.flatMap((service) =>
    Array.from({ length: podsPerService }, (_, index) => ({
      targets: [target],
      labels: { service, team: "health", pod: `${service}-${index}`, instance: `${service}-${index}` },
    })),
  );
  const port = { targets: [target], labels: { app: "otel-gateway" } };
  const prometheus = await startPrometheus({
    config: {
      global: { scrape_interval: "15s", evaluation_interval: "15s" },
      rule_files: ["rules.yml"],
      scrape_configs: [
        { job_name: "suoke-life-services", scrape_interval: "10s", static_configs: pods },
        { job_name: "infrastructure", metrics_path: "/spans", static_configs: [port] },
      ],
    },
    prepare: async (folder) => {
      writeFileSync(join(folder, "rules.yml"), rules);
      await writePast(folder, names);
    },
  });
  try {
    // Long enough for rates over five minutes to be full, and for groups with an interval of four.
    await sleep(330_000);
    const rounds: Measured[] = [];
    for (let round = 0; round < 4; round++) {
      await sleep(step * 1000);
      rounds.push(measured(await (await fetch(`${prometheus.url}/metrics`)).text()));
    }
    const most = (of: (each: Measured) => number): number => Math.max(...rounds.map(of));
    return {
      everyInterval: most(({ everyInterval }) => everyInterval),
      slowestGroup: most(({ slowestGroup }) => slowestGroup),
      seldom: most(({ seldom }) => seldom),
      series: most(({ series }) => series),
    };
  } finally {
    await prometheus.stop();
    server.close();
  }
}

type Measured = RulesRound;

/** What Prometheus says of its groups' last evaluations. */
function measured(text: string): Measured {
  const group = (metric: string): Map<string, number> =>
    new Map(
      [...text.matchAll(new RegExp(`^${metric}\\{rule_group="[^"]*;([^"]+)"\\} (\\S+)$`, "gm"))].map(
        ([, name = "", value]) => [name, Number(value)] as const,
      ),
    );
  const intervals = group("prometheus_rule_group_interval_seconds");
  const durations = [...group("prometheus_rule_group_last_duration_seconds")];
  const frequent = durations.filter(([name]) => intervals.get(name) === step).map(([, duration]) => duration);
  const all = durations.reduce((sum, [, duration]) => sum + duration, 0);
  const everyInterval = frequent.reduce((sum, duration) => sum + duration, 0);
  const series = Number(/^prometheus_tsdb_head_series (\S+)$/m.exec(text)?.[1]);
  return { everyInterval, slowestGroup: Math.max(...frequent), seldom: all - everyInterval, series };
}

function podMetrics(elapsed: number): string {
  const requests = Math.floor(elapsed * 20);
  return [
    ...statuses.map((status, index) => `http_requests_total{status="${status}"} ${Math.floor(requests / 10 ** index)}`),
    ...buckets.map(
      (le, index) =>
        `http_request_duration_seconds_bucket{le="${le}"} ${Math.floor((requests * (index + 1)) / buckets.length)}`,
    ),
    `http_request_duration_seconds_count ${requests}`,
    "process_resident_memory_bytes 100000000",
    `process_cpu_seconds_total ${elapsed}`,
    "",
  ].join("\n");
}

function spans(names: readonly string[], elapsed: number): string {
  const calls = Math.floor(elapsed * 20);
  const lines = names.flatMap((service) =>
    Array.from({ length: spansPerService }, (_, index) => {
      const labels = `service_name="${service}",span_name="GET /${index}"`;
      return [
        `traces_span_metrics_calls_total{${labels},status_code="STATUS_CODE_UNSET"} ${calls}`,
        ...buckets.map(
          (le, bucket) =>
            `traces_span_metrics_duration_milliseconds_bucket{${labels},le="${le}"} ${Math.floor((calls * (bucket + 1)) / buckets.length)}`,
        ),
      ].join("\n");
    }),
  );
  return `${lines.join("\n")}\n`;
}

/** What the recordings that budgets look back on would have been. */
async function writePast(folder: string, names: readonly string[]): Promise<void> {
  const file = join(folder, "past.txt");
  const stream = createWriteStream(file);
  const now = Math.floor(Date.now() / 1000 / step) * step;
  const values = {
    "suoke:http_requests:rate5m": 60,
    "suoke:http_failures:rate5m": 0.01,
    "suoke:http_slow:rate5m": 1,
    "suoke:service:down": 0,
  };
  for (let at = now - days * 86_400; at < now; at += step) {
    const lines = Object.entries(values).flatMap(([series, value]) =>
      names.map((service) => `${series}{service="${service}"} ${value} ${at}`),
    );
    if (!stream.write(`${lines.join("\n")}\n`)) await once(stream, "drain");
  }
  stream.end("# EOF\n");
  await once(stream, "finish");
  const { code, output } = await runProgram({
    command: programPath("prometheus", "promtool"),
    args: ["tsdb", "create-blocks-from", "openmetrics", "--quiet", file, join(folder, "data")],
    limit: 900,
  });
  if (code !== 0) throw new Error(`promtool could not write the past: ${output.slice(-500)}`);
}
