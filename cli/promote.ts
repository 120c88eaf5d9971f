import { changedImages, imageMessage } from "../delivery/commit.ts";
import type { Entry, Images } from "../delivery/ledger.ts";
import { deployments, provenImages } from "../delivery/ledger.ts";
import { withEntry } from "../delivery/settings-file.ts";
import { UsageError, suggest } from "../policies/finding.ts";
import { flows } from "../stacks/delivery.ts";
import { sameVersion } from "../stacks/images.ts";
import { environmentNamed, project } from "../stacks/load.ts";
import { readLedger } from "./ledger-branch.ts";
import { currentImages, publish, readSettings, refuseDirty, stackFile, startFromTip } from "./publish.ts";

export interface PromoteOptions {
  readonly push?: true;
  readonly mergeRequest?: true;
}

/** Commits the digests that the environment before has shown to work to an environment's stack file. */
export async function promoteCommand(env: string, services: readonly string[], options: PromoteOptions): Promise<void> {
  const environment = environmentNamed(env);
  const { provenIn, branch } = flows[environment];
  if (provenIn === undefined) {
    throw new UsageError(`Nothing is promoted to ${environment}: its images come with "./suoke image set".`);
  }
  const push = options.push === true || options.mergeRequest === true ? branch : undefined;
  await refuseDirty(environment, push);
  if (push !== undefined) await startFromTip(push);
  const images = currentImages(environment);
  const ledger = await readLedger(provenIn);
  const wanted = choose(images, provenImages(ledger), services, environment, provenIn);
  const changed = changedImages(images, { ...images, ...wanted });
  if (changed.length === 0) {
    process.stdout.write(`${environment} has everything that ${provenIn} has shown to work already.\n`);
    return;
  }
  const key = `${project}:images`;
  const text = changed.reduce(
    (before, entry) => withEntry(before, stackFile(environment), { key, entry, value: wanted[entry] ?? "" }),
    readSettings(environment),
  );
  const times = committedIn(ledger, wanted);
  const changes = changed.map((service) => ({
    service,
    from: images[service] ?? "none",
    to: wanted[service] ?? "",
    ...(times[service] === undefined ? {} : { committedAt: times[service] }),
  }));
  const message = imageMessage(`Promote ${changed.join(", ")} from ${provenIn} to ${environment}`, changes);
  const commit = await publish({
    environment,
    text,
    message,
    ...(push === undefined ? {} : { push }),
    ...(options.mergeRequest === true ? { mergeRequest: `promote-${environment}` } : {}),
  });
  for (const { service, from, to } of changes) process.stdout.write(`${service}: ${from} → ${to}\n`);
  process.stdout.write(`Committed as ${commit?.slice(0, 7) ?? "nothing"}.\n`);
}

/** The proven images of the services that are asked for, or of all that the environment runs. */
function choose(
  images: Images,
  proven: Images,
  services: readonly string[],
  environment: string,
  from: string,
): Images {
  const runs = Object.keys(images);
  const unknown = services.find((service) => !runs.includes(service));
  if (unknown !== undefined)
    throw new UsageError(`${environment} runs no service "${unknown}". ${suggest(unknown, runs)}`);
  const missing = services.find((service) => proven[service] === undefined);
  if (missing !== undefined) {
    throw new UsageError(`${from} has not shown that ${missing} works: its last version there is not in good health.`);
  }
  const wanted = services.length === 0 ? runs : services;
  return Object.fromEntries(
    wanted.flatMap((service) => (proven[service] === undefined ? [] : [[service, proven[service]]])),
  );
}

/** When the sources of some images were committed, as the deployments that first ran them knew. */
function committedIn(entries: readonly Entry[], images: Images): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(images).map(([service, version]) => [
      service,
      deployments(entries).find((made) => sameVersion(made.images[service], version) && made.committed[service])
        ?.committed[service],
    ]),
  );
}
