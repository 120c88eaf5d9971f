import { imageMessage } from "../delivery/commit.ts";
import { withEntry } from "../delivery/settings-file.ts";
import { UsageError, suggest } from "../policies/finding.ts";
import { flows } from "../stacks/delivery.ts";
import { sameVersion } from "../stacks/images.ts";
import { environmentNamed, project } from "../stacks/load.ts";
import { currentImages, publish, readSettings, refuseDirty, stackFile, startFromTip } from "./publish.ts";

export interface ImageOptions {
  readonly env: string;
  readonly push?: true;
  readonly source?: string;
  readonly committedAt?: string;
}

/** Commits the version of a service's image to an environment's stack file. */
export async function imageSetCommand(service: string, version: string, options: ImageOptions): Promise<void> {
  const environment = environmentNamed(options.env);
  const push = options.push === true ? flows[environment].branch : undefined;
  await refuseDirty(environment, push);
  if (push !== undefined) await startFromTip(push);
  const images = currentImages(environment);
  const current = images[service];
  if (current === undefined) {
    throw new UsageError(`${environment} runs no service "${service}". ${suggest(service, Object.keys(images))}`);
  }
  const committedAt = options.committedAt === undefined ? undefined : instant(options.committedAt);
  if (current === version || (sameVersion(current, version) && version.startsWith("sha256:"))) {
    process.stdout.write(`${environment} runs ${service} ${current} already.\n`);
    return;
  }
  const text = withEntry(readSettings(environment), stackFile(environment), {
    key: `${project}:images`,
    entry: service,
    value: version,
  });
  const { source } = options;
  const message = imageMessage(`Run ${service} ${shortVersion(version)} in ${environment}`, [
    {
      service,
      from: current,
      to: version,
      ...(source === undefined ? {} : { source }),
      ...(committedAt === undefined ? {} : { committedAt }),
    },
  ]);
  const commit = await publish({ environment, text, message, ...(push === undefined ? {} : { push }) });
  process.stdout.write(`${commit?.slice(0, 7) ?? "Nothing"}: ${service} ${current} → ${version} in ${environment}\n`);
}

/** A version for a title: the digest's start is enough there. */
export function shortVersion(version: string): string {
  return version.replace(/(sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1");
}

/** A time as GitLab writes it, in UTC. */
function instant(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new UsageError(`"${text}" is no time such as 2027-01-31T12:00:00+08:00 (--committed-at).`);
  return new Date(time).toISOString();
}
