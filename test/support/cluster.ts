import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { applyShared, localCluster } from "../../local/up.ts";
import { loadCluster } from "../../cli/generated.ts";
import { deleteCluster, startCluster } from "../../local/control-plane.ts";
import { instance, localFolder, root } from "../../local/paths.ts";
import { progressTo, silent } from "../../local/progress.ts";

/** The cluster of the tests: beside the user's, so that tests never touch what runs there. */
export const testInstance = instance(join(localFolder, "test"), "cluster");

/** Starts one cluster for all suites, with what `cluster/` owns on it, and removes it however the tests end. */
export default async function setup(): Promise<() => Promise<void>> {
  mkdirSync(join(localFolder, "test"), { recursive: true });
  await deleteCluster(testInstance);
  const remove = (): Promise<void> => deleteCluster(testInstance);
  try {
    const admin = await startCluster(testInstance, progressTo(process.stderr));
    await applyShared(loadCluster(localCluster, root), admin, silent);
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
