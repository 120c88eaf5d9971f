import { committedTimes } from "../delivery/commit.ts";
import type { Deployment, Entry } from "../delivery/ledger.ts";
import { deployments, unproven } from "../delivery/ledger.ts";
import { root } from "../local/paths.ts";
import { UsageError, refuse } from "../policies/finding.ts";
import { flows } from "../stacks/delivery.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { sameVersion, secondImages } from "../stacks/images.ts";
import { environmentNamed, loadEnvironment } from "../stacks/load.ts";
import { deployedBy } from "./deploy-context.ts";
import { shortVersion } from "./image.ts";
import { readLedger, recordEntry } from "./ledger-branch.ts";
import { currentImages, stackFile } from "./publish.ts";
import { git, hasCommit, head } from "./repository.ts";

/** Lists what has run in an environment and how it went, oldest first. @throws {UsageError} when the ledger cannot be read */
export async function ledgerShowCommand(env: string, { json }: { readonly json?: true }): Promise<void> {
  const entries = await readLedger(environmentNamed(env));
  if (json === true) process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
  else if (entries.length === 0) process.stdout.write(`The ledger has nothing on ${env} yet.\n`);
  else process.stdout.write(`${entries.map(line).join("\n")}\n`);
}

function line(entry: Entry): string {
  const what = entry.kind === "withdrawal" ? "withdrawn" : entry.result;
  const services = entry.kind === "withdrawal" ? Object.keys(entry.images) : entry.changed;
  const images = services.map((service) => `${service} ${shortVersion(entry.images[service] ?? "none")}`);
  return `${entry.at}  ${entry.commit.slice(0, 7)}  ${what.padEnd(9)}  ${images.join(", ") || "no image changed"}  (${entry.by})`;
}

/** Exit code 1 when an environment would run what the one before it has not shown to work. */
export async function ledgerCheckCommand(env: string): Promise<void> {
  const environment = environmentNamed(env);
  await refuseUnproven(environment);
  process.stdout.write(`Everything that ${environment} would run may run there.\n`);
}

/** @throws {Findings} naming every image that has not been proven */
export async function refuseUnproven(environment: EnvironmentName): Promise<void> {
  const { provenIn } = flows[environment];
  if (provenIn === undefined) return;
  const images = currentImages(environment);
  const [proving, own] = [await readLedger(provenIn), await readLedger(environment)];
  const where = `${stackFile(environment)}: `;
  refuse([
    ...unproven(images, { proving, own }, provenIn, `${where}images`),
    // A canary and a second version take requests as well.
    ...secondImages(loadEnvironment(environment, root)).flatMap(({ service, version }) =>
      unproven({ [service]: version }, { proving, own }, provenIn, `${where}rollouts`),
    ),
  ]);
}

/** Records by hand how a deployment of what is checked out went. @throws {UsageError} for any other result than the two */
export async function ledgerRecordCommand(env: string, options: { readonly result: string }): Promise<void> {
  const { result } = options;
  if (result !== "healthy" && result !== "failed") throw new UsageError(`"${result}" is neither healthy nor failed.`);
  const environment = environmentNamed(env);
  await record(environment, result);
  process.stdout.write(`Recorded: ${environment} ${(await head()).slice(0, 7)} ${result}.\n`);
}

/**
 * Writes into the ledger how a deployment of what is checked out went.
 * @param override why a freeze or a spent error budget did not hold it up
 */
export async function record(
  environment: EnvironmentName,
  result: Deployment["result"],
  override?: string,
): Promise<void> {
  const images = currentImages(environment);
  const before = deployments(await readLedger(environment)).findLast((made) => made.result === "healthy");
  const commit = await head();
  const changed = Object.keys(images).filter((service) => !sameVersion(before?.images[service], images[service]));
  await recordEntry(environment, {
    kind: "deployment",
    environment,
    at: new Date().toISOString(),
    commit,
    by: deployedBy(override),
    result,
    images,
    changed,
    committed: await committedSince(before, commit, changed),
  });
}

/** When the sources of what changed were committed; a change of the platform itself counts as one. */
async function committedSince(
  before: Deployment | undefined,
  commit: string,
  changed: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  if (before === undefined || before.commit === commit || !(await hasCommit(before.commit))) return {};
  const times = committedTimes(await git(["log", "--format=%B", `${before.commit}..${commit}`]));
  const ours = Object.fromEntries(Object.entries(times).filter(([service]) => changed.includes(service)));
  if (changed.length > 0) return ours;
  const date = await git(["log", "-1", "--format=%cI", commit]);
  return { platform: new Date(date).toISOString() };
}
