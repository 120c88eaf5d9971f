/**
 * Measures rendering, registering, comparing and applying against their peers, and how long Prometheus takes for the rules,
 * prints a table and writes .local/bench.json. Exit code 1 when a limit is exceeded. Names of parts as arguments leave out
 * the others: `make bench PARTS="render registration"`.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localFolder, root } from "../local/paths.ts";
import { progressTo } from "../local/progress.ts";
import type { ApplyRound } from "./apply.ts";
import { applyRound, benchCluster } from "./apply.ts";
import type { RulesRound } from "./rules.ts";
import { rulesRound } from "./rules.ts";
import type { Times } from "./measure.ts";
import { child, growthExponent, interleaved, machine, median } from "./measure.ts";

const rounds = 5;
const progress = progressTo(process.stderr);

/** A figure with the most it may be. */
interface Figure {
  readonly name: string;
  readonly value: number;
  readonly most?: number;
}

/** What a part has measured: seconds of each way by size, and what follows from them. */
interface Section {
  readonly part: string;
  readonly sizes: Readonly<Record<string, Times>>;
  readonly figures: readonly Figure[];
}

/** Median seconds of a way at each size. */
function medians(sizes: Section["sizes"], way: string): [number, number][] {
  return Object.entries(sizes).map(([size, times]) => [Number(size), median(times[way] ?? [])]);
}

/** How much longer one way takes than another at the largest size. */
function ratio(sizes: Section["sizes"], way: string, peer: string): number {
  const [mine, theirs] = [way, peer].map((each) => medians(sizes, each).at(-1)?.[1] ?? Number.NaN);
  return (mine ?? Number.NaN) / (theirs ?? Number.NaN);
}

async function render(): Promise<Section> {
  installPeer();
  const sizes: Record<string, Times> = {};
  for (const size of ["10", "100", "1000"]) {
    const { times } = await child<{ times: Times }>("render.ts", size, String(rounds));
    sizes[size] = times;
  }
  const { peakMB } = await child<{ peakMB: number }>("render.ts", "1000", "1", "ours");
  return {
    part: "render",
    sizes,
    figures: [
      { name: "1,000 services ÷ js-yaml alone", value: ratio(sizes, "ours", "js-yaml"), most: 1.3 },
      { name: "1,000 services ÷ cdk8s-plus", value: ratio(sizes, "ours", "cdk8s-plus"), most: 1 / 3 },
      { name: "growth exponent, 100 to 1,000", value: growthExponent(medians(sizes, "ours")), most: 1.05 },
      { name: "peak memory in MB", value: peakMB, most: 400 },
    ],
  };
}

async function registration(): Promise<Section> {
  const sizes: Record<string, Times> = {};
  const run = async (way: string, size: string): Promise<number> =>
    (await child<{ seconds: number }>("registration.ts", way, size)).seconds;
  for (const size of ["10", "100", "1000"]) {
    sizes[size] = await interleaved(rounds, {
      ours: () => run("ours", size),
      "one new k8s.… at a time": () => run("naive", size),
    });
  }
  return {
    part: "registration",
    sizes,
    figures: [
      { name: "1,000 services ÷ naive program", value: ratio(sizes, "ours", "one new k8s.… at a time"), most: 0.7 },
      { name: "growth exponent, 100 to 1,000", value: growthExponent(medians(sizes, "ours")), most: 1.05 },
    ],
  };
}

async function review(): Promise<Section> {
  const sizes: Record<string, Times> = {};
  for (const size of ["10", "100", "1000"]) {
    const { times } = await child<{ times: Times }>("review.ts", size, String(rounds));
    sizes[size] = times;
  }
  const worst = "every service changes, with classes";
  const [, slowest = Number.NaN] = medians(sizes, worst).at(-1) ?? [];
  const { peakMB } = await child<{ peakMB: number }>("review.ts", "1000", "1", "ours");
  return {
    part: "review",
    sizes,
    figures: [
      { name: "seconds for 1,000 services that all change", value: slowest, most: 1 },
      { name: "growth exponent, 100 to 1,000", value: growthExponent(medians(sizes, worst)), most: 1.1 },
      { name: "peak memory in MB, with both sides", value: peakMB },
    ],
  };
}

async function apply(): Promise<Section> {
  const { cluster, remove } = await benchCluster();
  const sizes: Record<string, Record<string, number[]>> = {};
  try {
    for (const size of [10, 100, 1000]) {
      const measured: ApplyRound[] = [];
      for (let round = 1; round <= rounds; round++) {
        const times = await applyRound(cluster, size);
        measured.push(times);
        // A round of the largest size takes minutes: whoever stops here keeps what was measured.
        const said = Object.entries(times).map(([way, seconds]) => `${way} ${(seconds as number).toFixed(1)} s`);
        progress.note(`  apply of ${size} services, round ${round} of ${rounds}: ${said.join(", ")}`);
      }
      sizes[String(size)] = {
        ours: measured.map(({ ours }) => ours),
        "kubectl apply": measured.map(({ kubectl }) => kubectl),
        "the rollouts' own time": measured.map(({ rollouts }) => rollouts),
      };
    }
  } finally {
    await remove();
  }
  const last = (way: string): number => medians(sizes, way).at(-1)?.[1] ?? Number.NaN;
  const least = last("kubectl apply") + last("the rollouts' own time");
  return {
    part: "apply",
    sizes,
    figures: [
      { name: "1,000 services ÷ (kubectl apply + the rollouts' own time)", value: last("ours") / least, most: 1.3 },
      { name: "growth exponent, 100 to 1,000", value: growthExponent(medians(sizes, "ours")), most: 1.05 },
    ],
  };
}

async function rules(): Promise<Section> {
  const measured: [string, RulesRound][] = [];
  for (const size of [10, 100]) measured.push([String(size), await rulesRound(size)]);
  const [, last] = measured.at(-1) ?? [];
  return {
    part: "rules",
    sizes: Object.fromEntries(
      measured.map(([size, { all, everyInterval, slowestGroup }]) => [
        size,
        {
          "all groups, as if due at once": [all],
          "the groups of every 15 s": [everyInterval],
          "the slowest single group": [slowestGroup],
        },
      ]),
    ),
    figures: [
      { name: "seconds for all rules of 100 services", value: last?.all ?? Number.NaN, most: 1 },
      { name: "series in memory", value: last?.series ?? Number.NaN },
      { name: "load average meanwhile", value: last?.load ?? Number.NaN },
    ],
  };
}

/** The peer is no dependency of the platform, and is installed where it is measured. */
function installPeer(): void {
  const folder = join(localFolder, "bench/cdk8s");
  if (existsSync(join(folder, "node_modules"))) return;
  mkdirSync(folder, { recursive: true });
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(root, "bench/cdk8s", file), join(folder, file));
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: "inherit",
  });
}

function table({ part, sizes, figures }: Section): string {
  const ways = Object.keys(Object.values(sizes)[0] ?? {});
  const cell = (value: number): string => (value < 0.1 ? `${(value * 1000).toFixed(1)} ms` : `${value.toFixed(2)} s`);
  return [
    `| ${part} | ${Object.keys(sizes)
      .map((size) => `${size} services`)
      .join(" | ")} |`,
    `|---|${Object.keys(sizes)
      .map(() => "---:|")
      .join("")}`,
    ...ways.map(
      (way) =>
        `| ${way} | ${medians(sizes, way)
          .map(([, time]) => cell(time))
          .join(" | ")} |`,
    ),
    "",
    ...figures.map(({ name, value, most }) => {
      const limit =
        most === undefined ? "" : ` (at most ${Number(most.toFixed(2))}${value <= most ? "" : ": EXCEEDED"})`;
      return `- ${name}: ${value.toFixed(2)}${limit}`;
    }),
    "",
  ].join("\n");
}

const parts: Readonly<Record<string, () => Promise<Section>>> = { render, registration, review, apply, rules };
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts);
const sections: Section[] = [];
for (const name of wanted) {
  const part = parts[name];
  if (part === undefined) {
    process.stderr.write(`There is no part "${name}" of the benchmark. Known: ${Object.keys(parts).join(", ")}.\n`);
    process.exit(2);
  }
  sections.push(await progress.step(`Measuring ${name}`, part));
}
const facts = machine();
mkdirSync(localFolder, { recursive: true });
writeFileSync(join(localFolder, "bench.json"), `${JSON.stringify({ machine: facts, rounds, sections }, null, 2)}\n`);
process.stdout.write(`\nMedians of ${rounds}, interleaved, on ${Object.values(facts).join(", ")}.\n\n`);
process.stdout.write(sections.map(table).join("\n"));
const exceeded = sections
  .flatMap(({ figures }) => figures)
  .filter(({ value, most }) => most !== undefined && !(value <= most));
process.exitCode = exceeded.length === 0 ? 0 : 1;
