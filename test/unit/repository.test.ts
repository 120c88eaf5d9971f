import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { ask } from "../../cli/repository.ts";

afterEach(() => vi.unstubAllEnvs());

it("git is asked in English, whatever people speak: what it refuses is told apart by its words", async () => {
  const folder = mkdtempSync(join(tmpdir(), "suoke-git-"));
  try {
    writeFileSync(join(folder, "git"), '#!/bin/sh\necho "$LC_ALL"\n', { mode: 0o755 });
    vi.stubEnv("PATH", [folder, process.env["PATH"] ?? ""].join(delimiter));
    vi.stubEnv("LC_ALL", "zh_CN.UTF-8");
    expect((await ask(["fetch"])).stdout).toBe("C\n");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
