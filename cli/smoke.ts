import { randomBytes } from "node:crypto";
import type { Probe, Reply } from "../delivery/smoke.ts";
import { probeFindings, probesOf } from "../delivery/smoke.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { root } from "../local/paths.ts";
import { sleep } from "../local/process.ts";
import { progressTo } from "../local/progress.ts";
import { waitForRollouts } from "../local/wait.ts";
import type { Finding } from "../policies/finding.ts";
import { refuse } from "../policies/finding.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { platform, runningServices } from "../stacks/platform.ts";
import type { DeliveryEngine } from "./engine.ts";
import { deliveryEngine } from "./engine.ts";
import type { Endpoint } from "./endpoint.ts";
import { below, endpoint } from "./endpoint.ts";
import { askGrpc } from "./smoke-grpc.ts";

export interface SmokeOptions {
  readonly engine?: DeliveryEngine["name"];
  /** Where the platform's API is asked; the domain in the settings unless given. */
  readonly url?: string;
  /** Jaeger's query API: a trace is made and looked up. */
  readonly tracesUrl?: string;
  /** Elasticsearch: the log line of a request is looked up. */
  readonly logsUrl?: string;
}

/** Seconds that one request, all rollouts, and a trace or log line until it can be found may take. */
const limits = { request: 10, rollouts: 120, roundTrip: 60 };

/** Exit code 1 when something that was deployed does not work. */
export async function smokeCommand(env: string, options: SmokeOptions): Promise<void> {
  const environment = environmentNamed(env);
  const said = await smoke(environment, deliveryEngine(options.engine), options);
  process.stdout.write(`${said.join("\n")}\n`);
}

/** @returns what was looked at @throws {Findings} with everything that does not work */
export async function smoke(
  environment: EnvironmentName,
  engine: DeliveryEngine,
  options: SmokeOptions,
): Promise<string[]> {
  const progress = progressTo(process.stderr);
  const loaded = loadEnvironment(environment, root);
  const objects = objectsOf(platform(loaded));
  await progress.step("Looking at every rollout", (detail) =>
    waitForRollouts({ cluster: engine.cluster(loaded), objects, limit: limits.rollouts, detail }),
  );
  const [given, tracesUrl, logsUrl] = [options.url, options.tracesUrl, options.logsUrl].map(nonEmpty);
  const address = given ?? (engine.simulated ? undefined : `https://${loaded.settings.domain}`);
  const traces = tracesUrl === undefined ? undefined : endpoint(tracesUrl, "Jaeger");
  const logs = logsUrl === undefined ? undefined : endpoint(logsUrl, "Elasticsearch");
  if (address === undefined) {
    return ["Every workload is rolled out. Routes were not asked: containers are simulated, and --url was not given."];
  }
  const entry = endpoint(address, "the platform's API");
  const services = Object.values(loaded.catalogue).filter(({ name }) => runningServices(loaded).has(name));
  const probes = probesOf(services);
  const trace = randomBytes(16).toString("hex");
  const findings = await progress.step(`Asking ${probes.length} routes at ${entry.url.href}`, async () => {
    const replies = await Promise.all(
      probes.map(async (probe) => probeFindings(probe, await ask(entry, probe, trace))),
    );
    return replies.flat();
  });
  const trips = await Promise.all([
    traces === undefined
      ? []
      : roundTrip("trace", traces, `/api/traces/${trace}`, (answer) => dataOf(answer).length > 0),
    logs === undefined ? [] : roundTrip("log", logs, `/_search?q=${trace}`, (answer) => hitsOf(answer) > 0),
  ]);
  refuse([...findings, ...trips.flat()]);
  return [
    `Every workload is rolled out, and ${probes.length} routes answer as they should.`,
    tracesUrl === undefined ? "Traces were not looked up: --traces-url was not given." : `Trace ${trace} arrived.`,
    logsUrl === undefined ? "Logs were not looked up: --logs-url was not given." : "Its log line arrived.",
  ];
}

/** An empty variable of a pipeline says nothing. */
function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

async function ask(
  { url, headers: credentials }: Endpoint,
  { method, path, grpc }: Probe,
  trace: string,
): Promise<Reply> {
  // Sampled, so that its trace is kept whatever the share of the environment.
  const traceparent = `00-${trace}-${randomBytes(8).toString("hex")}-01`;
  const headers = { ...credentials, traceparent, "user-agent": "suoke-smoke" };
  if (grpc === true) return await askGrpc(url.origin, { path, headers, limit: limits.request });
  try {
    const response = await fetch(new URL(path, url), {
      method,
      redirect: "manual",
      signal: AbortSignal.timeout(limits.request * 1000),
      headers,
    });
    return { status: response.status, body: (await response.text()).slice(0, 2000) };
  } catch (error) {
    return { body: reason(error) };
  }
}

/** Looks until something has arrived at the other end. */
async function roundTrip(
  what: string,
  at: Endpoint,
  path: string,
  arrived: (answer: unknown) => boolean,
): Promise<Finding[]> {
  const deadline = performance.now() + limits.roundTrip * 1000;
  let last = "";
  do {
    try {
      const signal = AbortSignal.timeout(limits.request * 1000);
      const response = await fetch(below(at, path), { headers: at.headers, signal });
      const answer: unknown = response.ok ? await response.json() : undefined;
      if (answer !== undefined && arrived(answer)) return [];
      last = `the answer was ${response.status} without it`;
    } catch (error) {
      last = reason(error);
    }
    await sleep(1000);
  } while (performance.now() < deadline);
  const place = `the ${what} of a request`;
  const problem = `did not arrive within ${limits.roundTrip} s: ${last}.`;
  return [{ rule: `smoke/${what}`, place, problem, fix: "Look at the collectors and the store behind them." }];
}

function dataOf(answer: unknown): readonly unknown[] {
  return (answer as { data?: readonly unknown[] | null }).data ?? [];
}

function hitsOf(answer: unknown): number {
  return (answer as { hits?: { total?: { value?: number } } }).hits?.total?.value ?? 0;
}

/** Node's fetch hides the reason one level down. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
