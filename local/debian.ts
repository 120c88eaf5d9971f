import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../policies/finding.ts";
import { toolchainFolder } from "./paths.ts";
import { runProgram } from "./process.ts";

/** Programs of the distribution, unpacked and not installed: nothing on the machine changes, and no root is needed. */
export interface Unpacked {
  /** Folder that stands for `/`. */
  readonly root: string;
  /** What their environment needs: the libraries that came with them. */
  readonly env: Readonly<Record<string, string>>;
}

/** Seconds that fetching may take. */
const limit = 300;

/**
 * Fetches packages with apt, which checks their signatures, and unpacks them; once for a list of packages.
 * @throws {UsageError} when this is no Debian, or a package cannot be had
 */
export async function unpackDebian(packages: readonly string[]): Promise<Unpacked> {
  const key = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 12);
  const root = join(toolchainFolder, `debian-${key}`);
  if (!existsSync(root)) await fetch(packages, root);
  const libraries = ["usr/lib", "lib"].flatMap((folder) => [
    folder,
    `${folder}/x86_64-linux-gnu`,
    `${folder}/aarch64-linux-gnu`,
  ]);
  return { root, env: { LD_LIBRARY_PATH: libraries.map((folder) => join(root, folder)).join(":") } };
}

async function fetch(packages: readonly string[], root: string): Promise<void> {
  mkdirSync(toolchainFolder, { recursive: true });
  const temporary = mkdtempSync(join(toolchainFolder, "debian-fetching-"));
  try {
    // State and cache of its own: apt's belong to root.
    const state = join(temporary, "state");
    mkdirSync(join(state, "lists/partial"), { recursive: true });
    mkdirSync(join(temporary, "cache/archives/partial"), { recursive: true });
    const options = [
      `Dir::State=${state}`,
      `Dir::Cache=${temporary}/cache`,
      "Debug::NoLocking=1",
      "APT::Sandbox::User=",
    ];
    const apt = (...args: readonly string[]): Promise<void> =>
      run("apt-get", [...options.flatMap((option) => ["-o", option]), ...args], temporary);
    await apt("update", "-q");
    await apt("download", "-q", ...packages);
    const unpacked = join(temporary, "root");
    for (const file of readdirSync(temporary).filter((name) => name.endsWith(".deb"))) {
      await run("dpkg", ["-x", join(temporary, file), unpacked], temporary);
    }
    try {
      renameSync(unpacked, root);
    } catch (error) {
      // Another process has finished the same in the meantime: the result is the same.
      if (!existsSync(root)) throw error;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runProgram({ command, args, cwd, limit });
  if (code !== 0)
    throw new UsageError(`${command} ${args.join(" ")} failed:\n${output.trim().split("\n").slice(-10).join("\n")}`);
}
