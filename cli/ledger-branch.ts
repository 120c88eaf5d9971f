import type { Entry } from "../delivery/ledger.ts";
import { formatEntry, parseLedger } from "../delivery/ledger.ts";
import { UsageError } from "../policies/finding.ts";
import type { EnvironmentName } from "../stacks/environment.ts";
import { ask, fetchTip, fileAt, git, remote } from "./repository.ts";

/**
 * The ledger is kept in git, on a branch that shares nothing with the code: its commits start no pipeline, conflict with
 * nobody and are its history. Protect it so that only the pipeline's token may push to it.
 */
export const ledgerBranch = "delivery-ledger";

/** How often a push is tried when others push at the same time. */
const attempts = 8;

function fileOf(environment: EnvironmentName): string {
  return `${environment}.jsonl`;
}

/** @throws {UsageError} when the remote cannot be asked, or the ledger is damaged */
export async function readLedger(environment: EnvironmentName): Promise<Entry[]> {
  const tip = await fetchTip(ledgerBranch);
  return tip === undefined ? [] : entriesAt(tip, environment);
}

async function entriesAt(tip: string, environment: EnvironmentName): Promise<Entry[]> {
  const file = fileOf(environment);
  return parseLedger((await fileAt(tip, file)) ?? "", `${ledgerBranch}:${file}`);
}

/** Adds an entry at the remote, whoever else adds one meanwhile. @throws {UsageError} when it cannot be pushed */
export async function recordEntry(environment: EnvironmentName, entry: Entry): Promise<void> {
  const file = fileOf(environment);
  let refused = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    const tip = await fetchTip(ledgerBranch);
    const text = tip === undefined ? "" : ((await fileAt(tip, file)) ?? "");
    parseLedger(text, `${ledgerBranch}:${file}`);
    const blob = await git(["hash-object", "-w", "--stdin"], text + formatEntry(entry));
    const others = tip === undefined ? [] : (await git(["ls-tree", tip])).split("\n");
    const lines = [...others.filter((line) => !line.endsWith(`\t${file}`)), `100644 blob ${blob}\t${file}`];
    const tree = await git(["mktree"], `${lines.filter((line) => line !== "").join("\n")}\n`);
    const parents = tip === undefined ? [] : ["-p", tip];
    const commit = await git(["commit-tree", tree, ...parents], `${titleOf(environment, entry)}\n\n[skip ci]\n`);
    const { code, stderr } = await ask(["push", "--quiet", remote, `${commit}:refs/heads/${ledgerBranch}`]);
    if (code === 0) return;
    refused = stderr.trim();
    // Only a tip that has moved is worth another attempt.
    if (!/fetch first|non-fast-forward|cannot lock ref|reference already exists|failed to update ref/.test(refused))
      break;
  }
  throw new UsageError(
    `The ledger could not be written: ${refused}. The environment itself is as it was reported; ` +
      `once ${ledgerBranch} can be pushed to, run: ./suoke ledger record ${environment} --result <healthy|failed>`,
  );
}

function titleOf(environment: EnvironmentName, entry: Entry): string {
  const what = entry.kind === "deployment" ? entry.result : `withdrawn: ${Object.keys(entry.images).join(", ")}`;
  return `${environment} ${entry.commit.slice(0, 7)}: ${what}`;
}
