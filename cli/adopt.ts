import { imageMessage } from "../delivery/commit.ts";
import { withEntry } from "../delivery/settings-file.ts";
import { root } from "../local/paths.ts";
import { sameVersion, versionBehind } from "../stacks/images.ts";
import { environmentNamed, loadEnvironment, project } from "../stacks/load.ts";
import { deliveryEngine } from "./engine.ts";
import { kubectlOutput } from "./kubectl.ts";
import { currentImages, publish, readSettings, refuseDirty, stackFile } from "./publish.ts";

interface Deployment {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
    };
  };
}

/** Commits the images that somebody set by hand in the cluster, so that the next deployment keeps them. */
export async function adoptCommand(env: string, options: { readonly engine?: string }): Promise<void> {
  const environment = environmentNamed(env);
  await refuseDirty(environment, undefined);
  const loaded = loadEnvironment(environment, root);
  const images = currentImages(environment);
  const answer = await kubectlOutput(deliveryEngine(options.engine).cluster(loaded), [
    ...["get", "deployments", `--namespace=${loaded.data.namespace}`, "-o", "json"],
  ]);
  const { items } = JSON.parse(answer) as { items: readonly Deployment[] };
  const { host } = loaded.settings.registry;
  const changes = items.flatMap(({ metadata: { name }, spec }) => {
    const from = images[name];
    const live = spec.template.spec.containers.find((container) => container.name === name)?.image ?? "";
    const to = versionBehind(live, `${host}/${name}`);
    return from === undefined || to === undefined || sameVersion(from, to) ? [] : [{ service: name, from, to }];
  });
  if (changes.length === 0) {
    process.stdout.write(
      `Every service of ${environment} runs the image that its settings name. Other differences: ./suoke drift ${environment}\n`,
    );
    return;
  }
  const text = changes.reduce(
    (before, { service, to }) =>
      withEntry(before, stackFile(environment), { key: `${project}:images`, entry: service, value: to }),
    readSettings(environment),
  );
  const names = changes.map(({ service }) => service).join(", ");
  const commit = await publish({
    environment,
    text,
    message: imageMessage(`Adopt what was set by hand in ${environment}: ${names}`, changes),
  });
  for (const { service, from, to } of changes) process.stdout.write(`${service}: ${from} → ${to}\n`);
  process.stdout.write(`Committed as ${commit?.slice(0, 7) ?? "nothing"}. Ask for its review: push it to a branch.\n`);
}
