import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../cli/kubectl.ts";
import { applySetId, closeSet, deleteSet, openSet } from "../../local/applyset.ts";

const set = { name: "platform", namespace: "suoke-life-dev" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-applyset-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A kubectl that answers the question for the set's Secret by this line of shell, and takes everything else. */
function clusterThat(answer: string): Cluster {
  const kubectl = join(folder, "kubectl");
  writeFileSync(
    kubectl,
    `#!/bin/sh\necho "$*" >> ${join(folder, "asked")}\ncase "$*" in *"get secret"*) ${answer} ;; esac\n`,
    { mode: 0o755 },
  );
  return { kubectl, context: "c" };
}

/** What kubectl was called for, without the questions. */
function changes(): string[] {
  const path = join(folder, "asked");
  const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  return lines.filter((line) => !line.includes("get secret"));
}

describe("an apply set whose server does not answer", () => {
  const cluster = (): Cluster => clusterThat('echo "connection refused" >&2; exit 1');

  it.each([
    ["opened", (its: Cluster) => openSet(its, set, [])],
    ["closed", (its: Cluster) => closeSet(its, set, [])],
    ["deleted", (its: Cluster) => deleteSet(its, set)],
  ])("is not %s as if there were none", async (_, change) => {
    await expect(change(cluster())).rejects.toThrow("connection refused");
    expect(changes()).toEqual([]);
  });
});

describe("an apply set that is not there", () => {
  it("is noted when it is opened, and nothing is deleted for it", async () => {
    const cluster = clusterThat("exit 0");
    await deleteSet(cluster, set);
    expect(changes()).toEqual([]);
    await openSet(cluster, set, []);
    expect(changes()).toEqual([expect.stringContaining("apply --server-side")]);
  });
});

it("an apply set is deleted by its label, kinds and Secret", async () => {
  const noted = {
    metadata: { annotations: { "applyset.kubernetes.io/contains-group-kinds": "Deployment.apps,Secret" } },
  };
  await deleteSet(clusterThat(`echo '${JSON.stringify(noted)}'`), set);
  expect(changes()).toEqual([
    expect.stringContaining(
      `delete Deployment.apps,Secret --selector=applyset.kubernetes.io/part-of=${applySetId(set)}`,
    ),
    expect.stringContaining("delete secret platform"),
  ]);
});
