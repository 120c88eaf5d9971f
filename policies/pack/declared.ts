import { join } from "node:path";
import type { Component } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { clusterProject, clusterPromises, clusterSettings, judgeCluster } from "../../stacks/cluster.ts";
import { environmentNamed, loadEnvironment, project, readStackFile } from "../../stacks/load.ts";
import { clusterOffers } from "../../stacks/offers.ts";
import { judge, promisesOf } from "../../stacks/platform.ts";
import type { Finding } from "../finding.ts";
import type { Promises } from "../hardening/rule.ts";
import { renderedFindings } from "../rendered.ts";
import { uniquenessFindings } from "../scope.ts";

/** What the repository says of a stack. */
export interface Declared {
  /** With their exemptions. */
  readonly components: readonly Component[];
  readonly promises: Promises;
  /** Rules that are not about hardening. */
  readonly others: (components: readonly Component[]) => Finding[];
}

/**
 * What the pack holds a stack to. One that the repository does not know has nothing exempt, and every promise to keep.
 * @throws {Findings} when the repository's own stack cannot be built
 */
export function declaredFor(projectName: string, stack: string): Declared {
  if (projectName === project) {
    const environment = loadEnvironment(environmentNamed(stack), root);
    return {
      components: judge(environment).components,
      promises: promisesOf(environment),
      others: (components) => renderedFindings(components, clusterOffers(environment.data)),
    };
  }
  if (projectName === clusterProject) {
    const { config, findings } = readStackFile(join(root, "cluster", `Pulumi.${stack}.yaml`));
    const { components } = judgeCluster(clusterSettings(stack, config, findings));
    return { components, promises: clusterPromises, others: uniquenessFindings };
  }
  return { components: [], promises: { digests: true, redundant: true }, others: uniquenessFindings };
}
