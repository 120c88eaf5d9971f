import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../local/paths.ts";
import { suoke } from "../support/suoke.ts";

describe("./suoke", () => {
  it("explains itself and each command, with examples", async () => {
    const { code, stdout } = await suoke(["--help"]);
    expect(code).toBe(0);
    for (const command of ["render", "graph", "up", "status", "down", "generate"]) expect(stdout).toContain(command);
    expect((await suoke(["render", "--help"])).stdout).toContain("Examples:\n  ./suoke render prod -c auth-service");
  });

  it.each([
    [["rendr", "prod"], "unknown command 'rendr'"],
    [["render"], "missing required argument 'env'"],
    [["render", "prd"], 'There is no environment "prd". Did you mean "prod"?'],
    [["render", "cluster/lokal"], 'There is no cluster "lokal". Did you mean "local"?'],
    [["render", "prod", "-c", "auth-servce"], 'prod has no component "auth-servce". Did you mean "auth-service"?'],
    [["graph", "--format", "svg"], "Allowed choices are mermaid, dot, json"],
    [["up", "prd"], 'There is no environment "prd"'],
    [["up", "--engine", "helm"], "Allowed choices are kubectl, pulumi"],
    [["config", "diff", "prd"], 'There is no environment "prd". Did you mean "prod"?'],
    [["config", "diff", "prod", "--from", "nowhere"], "nowhere"],
    [["config", "restore", "prod"], "required option '--yes' not specified"],
    [["config", "restore", "prod", "../x", "--yes"], '"../x" is no name of a snapshot.'],
    [["config", "restore", "prod", "--yes", "--timeout", "soon"], "--timeout soon: write whole seconds."],
  ])("%j is wrong use: exit code 2 and what is right", async (args, message) => {
    const { code, stdout, stderr } = await suoke(args);
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
  });

  it("says how to get Go when the programs of the embedded cluster must be built and there is none", async () => {
    const { code, stderr } = await suoke(["toolchain"], {
      PATH: "/nowhere",
      SUOKE_TOOLCHAIN: join(tmpdir(), "suoke-no-toolchain"),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("needs Go 1.26 or newer on PATH: https://go.dev/doc/install. There is no go on PATH.");
    expect(stderr).not.toContain("at ");
  });
});

describe("a result", () => {
  it("that cannot be written is a failure, and not one that was cut off", () => {
    const full = openSync("/dev/full", "w");
    try {
      const { status, stderr } = spawnSync(process.execPath, [join(root, "cli/main.ts"), "graph"], {
        encoding: "utf8",
        stdio: ["ignore", full, "pipe"],
      });
      expect([status, stderr]).toEqual([2, expect.stringContaining("The result could not be written: ENOSPC")]);
    } finally {
      closeSync(full);
    }
  });
});

describe("./suoke render", () => {
  it("prints what the goldens hold", async () => {
    const { code, stdout } = await suoke(["render", "dev", "--component", "auth-service"]);
    expect(code).toBe(0);
    expect(stdout).toBe(readFileSync(join(root, "test/golden/dev/auth-service.yaml"), "utf8"));
  });

  it("writes a file per component", async () => {
    const folder = mkdtempSync(join(tmpdir(), "suoke-render-"));
    try {
      await suoke(["render", "cluster/local", "--out", folder]);
      expect(readdirSync(folder).sort()).toEqual(readdirSync(join(root, "test/golden/cluster-local")).sort());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("./suoke graph", () => {
  it("prints Mermaid, DOT and JSON of the services that run", async () => {
    const [mermaid, dot, json] = await Promise.all(
      ["mermaid", "dot", "json"].map((format) => suoke(["graph", "prod", "-f", format])),
    );
    expect(mermaid?.stdout).toContain("  suoke_life_gateway -->|http| auth_service");
    expect(dot?.stdout).toContain('"suoke-life-gateway" -> "auth-service" [label="http"];');
    expect(JSON.parse(json?.stdout ?? "")).toMatchObject({
      edges: expect.arrayContaining([{ from: "auth-service", to: "postgres", uses: "auth" }]) as unknown,
    });
    expect(mermaid?.stdout).not.toContain("consultation");
  });
});
