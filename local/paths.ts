import { join, resolve } from "node:path";

/** The repository. */
export const root = resolve(import.meta.dirname, "..");

/** Everything that running locally writes: ignored by git, deleted without loss. Elsewhere for a second one beside it. */
export const localFolder = process.env["SUOKE_LOCAL"] ?? join(root, ".local");

/** Where built programs are kept, by module and checksum. CI may keep them elsewhere between runs. */
export const toolchainFolder = process.env["SUOKE_TOOLCHAIN"] ?? join(localFolder, "toolchain");

/** Held by whatever changes the embedded cluster. */
export const lockFile = join(localFolder, "lock");

/** One embedded cluster and all that belongs to it. Tests have their own beside the user's. */
export interface Instance {
  readonly folder: string;
  readonly kubeconfig: string;
}

/** The cluster that `make up` starts. */
export const userInstance: Instance = instance(localFolder, "cluster");

/** A cluster that lives in `parent/name`, with its kubeconfig in `parent`. */
export function instance(parent: string, name: string): Instance {
  return { folder: join(parent, name), kubeconfig: join(parent, "kubeconfig") };
}
