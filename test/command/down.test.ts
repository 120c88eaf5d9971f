import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Said } from "../support/suoke.ts";
import { suoke } from "../support/suoke.ts";

let local: string;
let cluster: string;
beforeEach(() => {
  local = mkdtempSync(join(tmpdir(), "suoke-down-"));
  cluster = join(local, "cluster");
  mkdirSync(join(cluster, "kwok/clusters/suoke/pids"), { recursive: true });
});
afterEach(() => rmSync(local, { recursive: true, force: true }));

/** Where no program is built, as after a change of their versions. */
const down = (): Promise<Said> => suoke(["down"], { SUOKE_LOCAL: local, SUOKE_TOOLCHAIN: join(local, "none") });

describe("./suoke down, where the cluster cannot be stopped", () => {
  it("keeps what tells which of its processes run", async () => {
    writeFileSync(join(cluster, "kwok/clusters/suoke/pids/etcd.pid"), String(process.pid));
    const { code, stderr } = await down();
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("The embedded cluster could not be stopped: etcd still there. Build its programs"),
    ]);
    expect(existsSync(cluster)).toBe(true);
  });

  it("removes one of which nothing runs", async () => {
    writeFileSync(join(cluster, "kwok/clusters/suoke/pids/etcd.pid"), String(2 ** 22 + 1));
    const { code } = await down();
    expect([code, existsSync(cluster)]).toEqual([0, false]);
  });
});
