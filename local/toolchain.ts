import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../policies/finding.ts";
import { root, toolchainFolder } from "./paths.ts";
import { runProgram } from "./process.ts";
import type { Progress } from "./progress.ts";

/** A Go module, below `local/toolchain/` unless it has a folder of its own. What it builds, and how. */
interface Module {
  /** From the root. */
  readonly folder?: string;
  /** Program → the name that `go build` gives it. */
  readonly programs: Readonly<Record<string, string>>;
  /** Packages to build: the module's tools, or the module itself. */
  readonly packages: "tool" | ".";
  readonly tags?: readonly string[];
  readonly linkerFlags?: readonly string[];
  /** Shown before the first build. */
  readonly takes: string;
}

/** Of the API server and its clients, as local/toolchain/kubernetes/go.mod requires them. */
export const kubernetesVersion = "v1.36.3";

/** The API server reports its version from what the linker is told; without it clients see v0.0.0. */
const versionFlags = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((path) =>
  Object.entries({ gitVersion: kubernetesVersion, gitMajor: "1", gitMinor: "36", gitTreeState: "archive" }).map(
    ([name, value]) => `-X=${path}.${name}=${value}`,
  ),
);

export const modules = {
  kubernetes: {
    programs: {
      "kube-apiserver": "kube-apiserver",
      "kube-controller-manager": "kube-controller-manager",
      "kube-scheduler": "kube-scheduler",
      kubectl: "kubectl",
    },
    packages: "tool",
    linkerFlags: versionFlags,
    takes: "about 5 minutes",
  },
  etcd: { programs: { etcd: "server" }, packages: "tool", takes: "half a minute" },
  kwok: { programs: { kwok: "kwok", kwokctl: "kwokctl" }, packages: "tool", takes: "a minute" },
  prometheus: {
    programs: { prometheus: "prometheus", promtool: "promtool" },
    packages: "tool",
    // Discovery in Kubernetes alone: without it all clouds' libraries are built.
    tags: ["remove_all_sd", "enable_kubernetes_sd"],
    takes: "about 3 minutes",
  },
  // Later versions embed a web interface that their module does not carry; amtool, which reads the configuration, does not.
  alertmanager: { programs: { alertmanager: "alertmanager" }, packages: "tool", takes: "half a minute" },
  amtool: { programs: { amtool: "amtool" }, packages: "tool", takes: "half a minute" },
  simulator: { programs: { simulator: "simulator" }, packages: ".", takes: "a few seconds" },
  // Only tests start it: with the components of our configuration that Go modules offer.
  otelcol: { programs: { otelcol: "otelcol" }, packages: ".", takes: "about 3 minutes" },
  // Only tests start it.
  consul: { programs: { consul: "consul" }, packages: "tool", takes: "about 4 minutes" },
  "consul-exporter": {
    programs: { consul_exporter: "consul_exporter" },
    packages: "tool",
    takes: "half a minute",
  },
  // Only tests start it.
  "kube-score": { programs: { "kube-score": "kube-score" }, packages: "tool", takes: "half a minute" },
  // Only tests start it.
  kubeconform: { programs: { kubeconform: "kubeconform" }, packages: "tool", takes: "a few seconds" },
  "redis-exporter": {
    programs: { redis_exporter: "redis_exporter" },
    packages: "tool",
    takes: "half a minute",
  },
  // Our own program, as the image of the tools has it; for tests.
  "consul-seed": {
    folder: "tools/consul-seed",
    programs: { "consul-seed": "consul-seed" },
    packages: ".",
    takes: "a few seconds",
  },
  // The platform's own tool, as the image of the tools has it; for tests.
  postgres: { folder: "tools/postgres", programs: { postgres: "postgres" }, packages: ".", takes: "half a minute" },
} as const satisfies Record<string, Module>;

export type ModuleName = keyof typeof modules;
type ProgramsOf<Name extends ModuleName> = keyof (typeof modules)[Name]["programs"];

/** Seconds a build may take: cold, on a slow machine. */
const buildLimit = 40 * 60;

/** Where a module's program is or will be. Its folder has a checksum of everything that the build depends on. */
export function programPath<Name extends ModuleName>(module: Name, program: ProgramsOf<Name> & string): string {
  const programs: Readonly<Record<string, string>> = modules[module].programs;
  return join(moduleFolder(module), programs[program] ?? program);
}

/**
 * Builds what is not there yet.
 * @throws {UsageError} when Go is missing or too old, or a build fails
 */
export async function buildToolchain(wanted: readonly ModuleName[], progress: Progress): Promise<void> {
  const missing = wanted.filter((name) => !existsSync(moduleFolder(name)));
  if (missing.length === 0) return;
  await checkGo();
  for (const name of missing) {
    await progress.step(`Building ${name} from source (once; takes ${modules[name].takes})`, () => build(name));
  }
}

function sourceFolder(name: ModuleName): string {
  const module: Module = modules[name];
  return join(root, module.folder ?? join("local/toolchain", name));
}

function moduleFolder(name: ModuleName): string {
  const source = sourceFolder(name);
  const hash = createHash("sha256");
  for (const file of readdirSync(source).sort()) hash.update(file).update(readFileSync(join(source, file)));
  hash.update(JSON.stringify(modules[name])).update(process.arch).update(process.platform);
  return join(toolchainFolder, `${name}-${hash.digest("hex").slice(0, 12)}`);
}

/** Builds into a temporary folder and renames it, so that a folder with the final name is always complete. */
async function build(name: ModuleName): Promise<void> {
  const module: Module = modules[name];
  mkdirSync(toolchainFolder, { recursive: true });
  const temporary = mkdtempSync(join(toolchainFolder, `${name}-building-`));
  const flags = ["-s", "-w", ...(module.linkerFlags ?? [])].join(" ");
  const { code, output } = await runProgram({
    command: "go",
    args: [
      "build",
      "-trimpath",
      "-ldflags",
      flags,
      "-tags",
      (module.tags ?? []).join(","),
      "-o",
      `${temporary}/`,
      module.packages,
    ],
    cwd: sourceFolder(name),
    env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off", GOTOOLCHAIN: "local" },
    limit: buildLimit,
  });
  if (code !== 0) {
    rmSync(temporary, { recursive: true, force: true });
    throw new UsageError(`Building ${name} failed:\n${output.trim().split("\n").slice(-20).join("\n")}`);
  }
  try {
    renameSync(temporary, moduleFolder(name));
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process has finished the same build in the meantime: the result is the same.
    if (!existsSync(moduleFolder(name))) throw error;
  }
}

async function checkGo(): Promise<void> {
  const { code, output } = await runProgram({ command: "go", args: ["env", "GOVERSION"], limit: 30 });
  const version = /^go1\.([0-9]+)/.exec(output.trim())?.[1];
  const needed =
    "The embedded cluster is built from source and needs Go 1.26 or newer on PATH: https://go.dev/doc/install.";
  if (code !== 0 || version === undefined) throw new UsageError(`${needed} There is no go on PATH.`);
  if (Number(version) < 26) throw new UsageError(`${needed} The one on PATH is ${output.trim()}.`);
}
