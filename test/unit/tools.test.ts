import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { toolsImageName } from "../../stacks/images.ts";
import { built, committed } from "../support/environments.ts";

/** What pods of our own tools start. */
function programs(object: KubernetesObject): string[] {
  const spec =
    object.kind === "Job" ? object.spec : object.kind === "CronJob" ? object.spec.jobTemplate.spec : undefined;
  const { containers = [], initContainers = [] } = spec?.template.spec ?? {};
  return [...initContainers, ...containers]
    .filter(({ image = "" }) => image.includes(`/${toolsImageName}:`) || image.includes(`/${toolsImageName}@`))
    .map(({ command = [] }) => command[0] ?? "");
}

describe.each(committed)("every program of ours that $name starts", ({ environment }) => {
  it("is one of tools/, where the image has it", () => {
    const started = new Set(objectsOf(built(environment)).flatMap(programs));
    expect(started.size).toBeGreaterThan(0);
    for (const program of started) expect(existsSync(join(root, "tools", program, "go.mod")), program).toBe(true);
  });
});
