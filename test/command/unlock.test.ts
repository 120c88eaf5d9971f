import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../../local/paths.ts";
import { leaveLock, locks } from "../support/state-lock.ts";

/** What `pulumi cancel` does with a state in a folder. The real one does it in test/pulumi/pipeline.test.ts. */
const standIn = `#!/bin/sh
[ "$1 $2 $3" = "cancel --yes --stack" ] || exit 64
state=\${PULUMI_BACKEND_URL#file://}
[ -d "$state" ] || { echo "error: unable to open bucket" >&2; exit 255; }
project=$(sed -n 's/^name: //p' Pulumi.yaml)
rm -f "$state/.pulumi/locks/organization/$project/$4/"*.json
`;

let folder: string;
let state: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-unlock-"));
  state = join(folder, "state");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/pulumi"), standIn, { mode: 0o755 });
  for (const id of ["one", "two"]) leaveLock(state, "prod", id);
  leaveLock(state, "staging", "three");
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `.ci/unlock prod` as the job of a deployment does that ended so. */
function unlock(variables: Readonly<Record<string, string>>): { readonly code: number | null; readonly says: string } {
  const { status, stderr } = spawnSync(join(root, ".ci/unlock"), ["prod"], {
    cwd: root,
    encoding: "utf8",
    env: {
      PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter),
      PULUMI_BACKEND_URL: `file://${state}`,
      ...variables,
    },
  });
  return { code: status, says: stderr };
}

describe("after a deployment of prod, its lock", () => {
  it.each(["failed", "canceled"])("is given back when the job has %s, and no other environment's", (status) => {
    expect(unlock({ CI_JOB_STATUS: status })).toEqual({ code: 0, says: "" });
    expect(locks(state, "prod")).toEqual([]);
    expect(locks(state, "staging")).toEqual(["three.json"]);
  });

  it("need not be there", () => {
    expect(unlock({ CI_JOB_STATUS: "failed" }).code).toBe(0);
    expect(unlock({ CI_JOB_STATUS: "failed" })).toEqual({ code: 0, says: "" });
  });

  it("is left alone when the job has succeeded: Pulumi has given its own back, and this one is somebody's", () => {
    expect(unlock({ CI_JOB_STATUS: "success" }).code).toBe(0);
    expect(locks(state, "prod")).toHaveLength(2);
  });

  it("is nobody's where another engine deploys", () => {
    expect(unlock({ CI_JOB_STATUS: "failed", SUOKE_ENGINE: "embedded" }).code).toBe(0);
    expect(locks(state, "prod")).toHaveLength(2);
  });

  it("may still be there when the state cannot be reached, which is said with what to do", () => {
    const { code, says } = unlock({ CI_JOB_STATUS: "failed", PULUMI_BACKEND_URL: "file:///nowhere" });
    expect(code).toBe(2);
    expect(says).toContain("The state of prod could not be asked for its lock, which may still be there");
    expect(says).toContain("pulumi cancel --stack prod");
    expect(locks(state, "prod")).toHaveLength(2);
  });
});
