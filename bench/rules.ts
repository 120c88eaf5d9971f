import { createWriteStream, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadavg } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { runProgram, sleep } from "../local/process.ts";
import { silent } from "../local/progress.ts";
import { buildToolchain, programPath } from "../local/toolchain.ts";
import { platform } from "../stacks/platform.ts";
import { renderedFile } from "../test/support/metrics/rules.ts";
import { startPrometheus } from "../test/support/metrics/run.ts";
import { environmentOf } from "./environment.ts";

/** What one evaluation of all rules took, in seconds, and what there was to look at. */
export interface RulesRound {
  /** Sum over all groups, as if all of them were due at once; the slowest of several evaluations. */
  readonly all: number;
  /** Of these, the groups that are evaluated every 15 s. */
  readonly everyInterval: number;
  /** The slowest single group. */
  readonly slowestGroup: number;
  /** Series in memory. */
  readonly series: number;
  /** The machine's load average over the last minute: processes that wanted to run. */
  readonly load: number;
}

const podsPerService = 3;
const spansPerService = 10;
/** Seconds between two evaluations, and between two values of what long windows read. */
const step = 15;
const longStep = 300;
const day = 86_400;
const buckets = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
const statuses = ["200", "404", "500"];

/**
 * Lets the real Prometheus evaluate the rendered rules of an environment with so many services. It scrapes three pods of each
 * over HTTP, and a collector with ten span names of each; what rules look back on is written beforehand.
 * @throws {Error} when the rules that read the past find none: what is empty is evaluated in no time
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
      // As prod.
      storage: { tsdb: { retention: { time: "35d" } } },
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
    // Long enough for rates over five minutes to be full, and for groups with an interval as long.
    await sleep(330_000);
    for (const [series, count] of Object.entries(computed(size))) {
      const found = await prometheus.query(`count(${series})`);
      const number = Number(found[0]?.value[1] ?? 0);
      if (number !== count) throw new Error(`There are ${number} ${series} and not ${count}: nothing was measured.`);
    }
    const rounds: RulesRound[] = [];
    for (let round = 0; round < 8; round++) {
      await sleep(step * 1000);
      rounds.push(measured(await (await fetch(`${prometheus.url}/metrics`)).text()));
    }
    return Object.fromEntries(
      (["all", "everyInterval", "slowestGroup", "series", "load"] as const).map((name) => [
        name,
        Math.max(...rounds.map((round) => round[name])),
      ]),
    ) as unknown as RulesRound;
  } finally {
    await prometheus.stop();
    server.close();
  }
}

/** Series that are computed from the longest pasts, and how many there must be. */
function computed(size: number): Readonly<Record<string, number>> {
  return {
    "suoke:failures:ratio3d": size,
    "suoke:slowness:ratio3d": size,
    "suoke:failures:budget_left": size,
    "suoke:span_latency:p95_7d": size * spansPerService,
  };
}

/** What Prometheus says of its groups' last evaluations. */
function measured(text: string): RulesRound {
  const group = (metric: string): Map<string, number> =>
    new Map(
      [...text.matchAll(new RegExp(`^${metric}\\{rule_group="[^"]*;([^"]+)"\\} (\\S+)$`, "gm"))].map(
        ([, name = "", value]) => [name, Number(value)] as const,
      ),
    );
  const intervals = group("prometheus_rule_group_interval_seconds");
  const durations = [...group("prometheus_rule_group_last_duration_seconds")];
  const sum = (its: typeof durations): number => its.reduce((total, [, duration]) => total + duration, 0);
  return {
    all: sum(durations),
    everyInterval: sum(durations.filter(([name]) => intervals.get(name) === step)),
    slowestGroup: Math.max(...durations.map(([, duration]) => duration)),
    series: Number(/^prometheus_tsdb_head_series (\S+)$/m.exec(text)?.[1]),
    load: loadavg()[0] ?? Number.NaN,
  };
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

/** What is recorded for long windows is read for up to a month, everything else for hours. */
function pastOf(names: readonly string[]): readonly Past[] {
  const services = names.map((service) => `service="${service}"`);
  const spans = services.flatMap((service) =>
    Array.from({ length: spansPerService }, (_, index) => `${service},span_name="GET /${index}"`),
  );
  const of = (
    labels: readonly string[],
    days: number,
    every: number,
    values: Readonly<Record<string, number>>,
  ): Past[] => Object.entries(values).map(([series, value]) => ({ series, labels, value, days, every }));
  return [
    ...of(services, 30, longStep, { "suoke:http_requests:each5m": 60, "suoke:http_failures:each5m": 0.01 }),
    ...of(services, 3, longStep, { "suoke:http_slow:each5m": 1, "suoke:service:down_each5m": 0 }),
    ...of(spans, 7, 1800, { "suoke:span_latency:p95_each30m": 0.1 }),
    ...of(services, 0.1, step, { "suoke:http_requests:rate5m": 60, "suoke:http_failures:rate5m": 0.01 }),
    ...of(services, 0.1, step, { "suoke:http_slow:rate5m": 1, "suoke:service:down": 0 }),
  ];
}

interface Past {
  readonly series: string;
  readonly labels: readonly string[];
  readonly value: number;
  readonly days: number;
  /** Seconds between two values. */
  readonly every: number;
}

/** Seconds of a block of data, as long as Prometheus makes them where it keeps a month. */
const block = 54 * 3600;

/** Writes what recordings would have been, block by block: promtool reads the whole of a file for each. */
async function writePast(folder: string, names: readonly string[]): Promise<void> {
  const past = pastOf(names);
  const now = Math.floor(Date.now() / 1000 / longStep) * longStep;
  const from = now - 30 * day;
  for (let start = Math.floor(from / block) * block; start < now; start += block) {
    const file = join(folder, "past.txt");
    const stream = createWriteStream(file);
    for (let at = Math.max(start, from); at < Math.min(start + block, now); at += step) {
      // Never quite the same, as in earnest: what does not change is read faster.
      const noise = 1 + (((at / step) * 7919) % 1000) / 10_000;
      const lines = past
        .filter(({ days, every }) => at >= now - days * day && at % every === 0)
        .flatMap(({ series, labels, value }) => labels.map((its) => `${series}{${its}} ${value * noise} ${at}\n`));
      if (!stream.write(lines.join(""))) await once(stream, "drain");
    }
    stream.end("# EOF\n");
    await once(stream, "finish");
    const { code, output } = await runProgram({
      command: programPath("prometheus", "promtool"),
      args: [
        ...["tsdb", "create-blocks-from", "openmetrics", "--quiet"],
        ...[`--max-block-duration=${block / 3600}h`, file, join(folder, "data")],
      ],
      limit: 900,
    });
    if (code !== 0) throw new Error(`promtool could not write the past: ${output.slice(-500)}`);
  }
}
