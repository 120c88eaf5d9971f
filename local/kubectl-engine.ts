import type { Cluster } from "../cli/kubectl.ts";
import { kubectl } from "../cli/kubectl.ts";
import type { Component, KubernetesObject } from "../kubernetes/manifest.ts";
import { objectsOf } from "../kubernetes/manifest.ts";
import { waves } from "../kubernetes/order.ts";
import { canonical, toYaml } from "../kubernetes/render.ts";
import type { SecretExpression } from "../kubernetes/secrets.ts";
import { UsageError } from "../policies/finding.ts";
import type { ApplySet } from "./applyset.ts";
import { applySetId, applySetLabel, closeSet, openSet } from "./applyset.ts";
import type { Progress } from "./progress.ts";
import { waitForRollouts } from "./wait.ts";

export interface Application {
  readonly cluster: Cluster;
  readonly components: readonly Component[];
  /** What the components make up; objects that leave it are deleted. */
  readonly set: ApplySet;
  readonly secret: (expression: SecretExpression) => string;
  /** Seconds that the rollouts of one wave may take. */
  readonly limit: number;
  readonly progress: Progress;
}

/**
 * Applies components with kubectl: wave by wave, each rolled out before the next. Then what no longer belongs to the set is
 * deleted.
 */
export async function applyComponents(application: Application): Promise<void> {
  const { cluster, components, progress, set } = application;
  const objects = objectsOf(components);
  await openSet(cluster, set, objects);
  const ordered = waves(components);
  for (const [index, wave] of ordered.entries()) {
    const names = wave.map(({ name }) => name).join(", ");
    await progress.step(`Applying ${index + 1}/${ordered.length}: ${names}`, async (detail) => {
      await apply(application, labelled(wave, applySetId(set)));
      await waitForRollouts({ ...application, objects: objectsOf(wave), detail });
    });
  }
  await progress.step("Removing what no longer belongs", () => closeSet(cluster, set, objects));
}

/**
 * `--force-conflicts`: what the program says holds, also over an edit by hand. The server has the last word on every field,
 * as validation is strict.
 */
async function apply({ cluster, secret }: Application, objects: readonly KubernetesObject[]): Promise<void> {
  const { code, stderr } = await kubectl(
    cluster,
    ["apply", "--server-side", "--force-conflicts", "--field-manager=suoke", "--validate=strict", "-f", "-"],
    objects.map((object) => `---\n${toYaml(canonical(object, secret))}`).join(""),
  );
  if (code !== 0) {
    throw new UsageError(`The server of context ${cluster.context} refused the objects:\n${withoutWarnings(stderr)}`);
  }
}

/** The objects with the label of their set, which the server compares too. */
export function labelled(components: readonly Component[], label: string): KubernetesObject[] {
  return objectsOf(components).map((object) => {
    const { metadata } = object;
    return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [applySetLabel]: label } } };
  });
}

function withoutWarnings(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const errors = lines.filter((line) => !line.startsWith("Warning:"));
  return errors.slice(0, 20).join("\n");
}
