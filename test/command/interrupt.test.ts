import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { root } from "../../local/paths.ts";
import { sleep } from "../../local/process.ts";

/** Stands for Pulumi: writes down how often it is asked to stop, and goes on for a while. */
const standIn = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const say = (text) => appendFileSync(process.env.HEARD, text + "\\n");
if (process.argv[2] !== "version") {
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => say(signal));
  say("started");
  setTimeout(() => process.exit(0), 2000);
}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-interrupt-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/pulumi"), standIn, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function heard(): string[] {
  const path = join(folder, "heard");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

it("Pulumi is asked once to stop when a terminal asks everybody, and is waited for", async () => {
  const script = `await (await import("${join(root, "cli/engine.ts")}")).deliveryEngine("pulumi").up("dev")`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    // A group of its own, as a terminal's job is.
    detached: true,
    stdio: "ignore",
    env: {
      ...process.env,
      HEARD: join(folder, "heard"),
      PATH: [join(folder, "bin"), process.env["PATH"] ?? ""].join(delimiter),
    },
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  while (heard().length === 0 && child.exitCode === null) await sleep(50);
  process.kill(-(child.pid ?? 0), "SIGINT");
  expect(await ended).toBe(0);
  expect(heard()).toEqual(["started", "SIGINT"]);
});
