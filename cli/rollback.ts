import type { Deployment, Entry } from "../delivery/ledger.ts";
import { changedImages } from "../delivery/commit.ts";
import { lastGood } from "../delivery/ledger.ts";
import type { StackText } from "../delivery/rollback.ts";
import { idled, restored, staying, summary } from "../delivery/rollback.ts";
import { changedSettings } from "../delivery/settings-file.ts";
import { UsageError, suggest } from "../policies/finding.ts";
import { flows } from "../stacks/delivery.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { environmentNamed, project } from "../stacks/load.ts";
import { deployedBy } from "./deploy-context.ts";
import { readLedger, recordEntry } from "./ledger-branch.ts";
import { currentImages, publish, readSettings, refuseDirty, stackFile, startFromTip } from "./publish.ts";
import { fileAt, git, hasCommit, head } from "./repository.ts";

export interface RollbackOptions {
  readonly push?: true;
  readonly to?: string;
  readonly reason?: string;
}

/** Commits the settings that were last in good health, and says what cannot be taken back. */
export async function rollbackCommand(
  env: string,
  service: string | undefined,
  options: RollbackOptions,
): Promise<void> {
  const environment = environmentNamed(env);
  const push = options.push === true ? flows[environment].branch : undefined;
  await refuseDirty(environment, push);
  if (push !== undefined) await startFromTip(push);
  await rollback(environment, { ...options, ...(service === undefined ? {} : { service }) });
}

export interface Rollback extends RollbackOptions {
  readonly service?: string;
}

/**
 * Takes an environment's settings, or one service, back to what was last in good health, as a commit.
 * @throws {UsageError} when nothing that is known was healthy
 */
export async function rollback(environment: EnvironmentName, options: Rollback): Promise<void> {
  const { service, push, reason = "rolled back" } = options;
  const images = currentImages(environment);
  if (service !== undefined && images[service] === undefined) {
    throw new UsageError(`${environment} runs no service "${service}". ${suggest(service, Object.keys(images))}`);
  }
  const stack: StackText = { file: stackFile(environment), project, text: readSettings(environment) };
  const entries = await readLedger(environment);
  const { good, text } = await target(environment, stack, entries, options);
  const older = { ...images, ...(service === undefined ? good.images : { [service]: good.images[service] ?? "" }) };
  // What has been switched off since is not taken back: nothing runs of it.
  const back = changedImages(images, older).filter((name) => images[name] !== undefined);
  const lines = summary(images, older, stack, text);
  const title = `Roll ${service ?? environment} back to ${good.commit.slice(0, 7)}${service === undefined ? "" : ` in ${environment}`}`;
  const commit = await publish({
    environment,
    text,
    message: `${title}\n\n${reason}\n\n${lines.join("\n")}\n`,
    ...(push === true ? { push: flows[environment].branch } : {}),
  });
  if (push === true && back.length > 0) {
    await recordEntry(environment, {
      kind: "withdrawal",
      environment,
      at: new Date().toISOString(),
      commit: commit ?? (await head()),
      by: deployedBy(),
      images: Object.fromEntries(back.map((name) => [name, images[name] ?? ""])),
      reason,
    });
  }
  process.stdout.write(`${title} (healthy at ${good.at}).\n${lines.map((line) => `  ${line}\n`).join("")}`);
  for (const warning of await stays(environment, good, stack, text, service))
    process.stdout.write(`Not taken back: ${warning}\n`);
  process.stdout.write(
    push === true
      ? `Committed as ${commit?.slice(0, 7) ?? "nothing"} and pushed.\n`
      : `Committed as ${commit?.slice(0, 7) ?? "nothing"}. Push it, and the pipeline of ${flows[environment].branch} deploys it.\n`,
  );
}

/** The deployment to go back to, and the stack file that going back to it leads to. */
async function target(
  environment: EnvironmentName,
  stack: StackText,
  entries: readonly Entry[],
  { service, to }: Rollback,
): Promise<{ readonly good: Deployment; readonly text: string }> {
  const texts = new Map<string, string>();
  for (const { commit } of entries) {
    const older = (await hasCommit(commit)) ? await fileAt(commit, stack.file) : undefined;
    if (older !== undefined) texts.set(commit, older);
  }
  const textOf = (good: Deployment): string | undefined => {
    const older = texts.get(good.commit);
    return older === undefined ? undefined : restored(stack, older, good, service);
  };
  const good = lastGood(entries, service === undefined ? Object.keys(entriesImages(entries)) : [service], (made) => {
    const text = textOf(made);
    return text !== undefined && text !== stack.text && (to === undefined || made.commit.startsWith(to));
  });
  const text = good === undefined ? undefined : textOf(good);
  if (good === undefined || text === undefined) {
    throw new UsageError(
      to === undefined
        ? `The ledger knows no other state of ${service ?? environment} that was healthy${texts.size < new Set(entries.map(({ commit }) => commit)).size ? " in this clone; a shallow one lacks older commits: git fetch --unshallow" : ""}. See ./suoke ledger show ${environment}`
        : `The ledger knows no healthy deployment of ${environment} at ${to} that differs from now. See ./suoke ledger show ${environment}`,
    );
  }
  return { good, text };
}

function entriesImages(entries: readonly Entry[]): Readonly<Record<string, string>> {
  return Object.assign({}, ...entries.map(({ images }) => images)) as Record<string, string>;
}

async function stays(
  environment: EnvironmentName,
  good: Deployment,
  stack: StackText,
  text: string,
  service: string | undefined,
): Promise<string[]> {
  const changed = await git(["diff", "--name-only", good.commit, "HEAD"]);
  const older = (await fileAt(good.commit, stack.file)) ?? "";
  const rotated = changedSettings(stack.text, older, stack.file, project).includes("rotations");
  const paths = changed.split("\n");
  const idle = idled(stack, text).map((name) => ({ environment, service: name }));
  return staying(service === undefined ? paths : paths.filter(isMigration), rotated, idle);
}

function isMigration(path: string): boolean {
  return path.startsWith("catalogue/migrations/");
}
