import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fork } from "../support/fork.ts";
import { suoke } from "../support/suoke.ts";

interface Report {
  readonly environment: string;
  readonly budgets: readonly {
    readonly name: string;
    readonly sum: number;
    readonly allowed: number;
    readonly fits: boolean;
    readonly lines: readonly { readonly what: string; readonly amount: number }[];
  }[];
}

describe("./suoke budget", () => {
  it("prints each sum with its lines and what is left", async () => {
    const { code, stdout } = await suoke(["budget", "prod"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CLIENTS OF THE RW POOLER +CONNECTIONS$/m);
    expect(stdout).toMatch(/^ {2}auth-service: 13 pods × 50 +650$/m);
    expect(stdout).toMatch(/^ {2}may be asked for +236 +of 277 \(79 % of 350 connections\): 41 left$/m);
    expect(stdout).toMatch(/^MEMORY OF AN INSTANCE +MIB$/m);
  });

  it("prints the same for machines", async () => {
    const { code, stdout } = await suoke(["budget", "staging", "--json"]);
    const { environment, budgets } = JSON.parse(stdout) as Report;
    expect([code, environment, budgets.length]).toEqual([0, "staging", 5]);
    for (const { lines, sum, allowed, fits } of budgets) {
      expect(lines.reduce((total, { amount }) => total + amount, 0)).toBe(sum);
      expect(fits).toBe(sum <= allowed);
    }
  });

  it("ends with 1 when more may be asked for than there is, and still prints the table", async () => {
    const changed = fork();
    try {
      const file = join(changed.tree, "stacks/prod.ts");
      writeFileSync(file, readFileSync(file, "utf8").replace("maxConnections: 350", "maxConnections: 150"));
      const { code, stdout } = await changed.suoke(["budget", "prod"]);
      expect([code, stdout]).toEqual([
        1,
        expect.stringMatching(/236 +of 117 \(78 % of 150 connections\): 119 TOO MANY/),
      ]);
    } finally {
      changed.remove();
    }
  });

  it("has nothing to say about an environment whose PostgreSQL somebody else runs, or that is none", async () => {
    const changed = fork();
    try {
      const file = join(changed.tree, "stacks/dev.ts");
      const external = `postgres: { kind: "external", host: "db.example.org", port: 5432, replicaHosts: [], cidrs: ["10.0.0.0/24"] },\n    cache: {`;
      const text = readFileSync(file, "utf8").replace(/postgres: \{[\s\S]*?\n {4}\},\n {4}cache: \{/, external);
      writeFileSync(file, text);
      const { code, stderr } = await changed.suoke(["budget", "dev"]);
      expect([code, stderr]).toEqual([
        2,
        "dev has no PostgreSQL of its own: systems.postgres in stacks/dev.ts is external.\n",
      ]);
    } finally {
      changed.remove();
    }
    const { code, stderr } = await suoke(["budget", "prd"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean "prod"?')]);
  });

  it("explains itself with examples", async () => {
    expect((await suoke(["budget", "--help"])).stdout).toContain("Examples:\n  ./suoke budget prod");
  });
});
