import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formats } from "../../cli/format-names.ts";
import type { Fork } from "../support/fork.ts";
import { fork } from "../support/fork.ts";
import { canary, leaks } from "../support/secrets.ts";
import type { Said } from "../support/suoke.ts";

/** What a pipeline has in its environment, and must never show. */
const tokens = {
  PULUMI_CONFIG_PASSPHRASE: `${canary}-passphrase`,
  DELIVERY_TOKEN: `${canary}-delivery`,
  COMMENT_TOKEN: `${canary}-comment`,
  CI_JOB_TOKEN: `${canary}-job`,
};

let repository: Fork;
let clone: Fork;
/** Everything that has been said so far, by command. */
const said = new Map<string, string>();

beforeAll(() => {
  repository = fork();
  clone = repository.clone("main");
  const file = join(clone.tree, "Pulumi.staging.yaml");
  const secret = `  suoke-life:secrets:\n    registry:\n      password:\n        secure: ${canary}-ciphertext\n`;
  writeFileSync(file, `${readFileSync(file, "utf8").trimEnd()}\n${secret}`);
  clone.git("commit", "--quiet", "--all", "--message=Set a secret");
  clone.git("push", "--quiet", "origin", "main");
});
afterAll(() => repository.remove());

async function run(...args: readonly string[]): Promise<Said> {
  const ended = await clone.suoke(args, tokens);
  said.set(args.join(" "), `${ended.stdout}\n${ended.stderr}`);
  return ended;
}

/** Commands of which something was said that must not be. */
const told = (): string[] => [...said].flatMap(([command, text]) => leaks(text).map((leak) => `${command}: ${leak}`));

describe("values of secrets and tokens", { timeout: 240_000 }, () => {
  it("are there to be found", () => {
    expect(leaks(clone.git("show", "HEAD:Pulumi.staging.yaml"))).not.toEqual([]);
  });

  it("are in no render and in no form of a check", async () => {
    expect((await run("render", "staging")).code).toBe(0);
    for (const format of ["table", "json", "sarif", "junit"]) {
      expect((await run("check", "staging", "--format", format)).code).toBe(0);
    }
    expect(told()).toEqual([]);
  });

  it("are in no form of the change report, of the commit that has set them as well", async () => {
    const files = formats.map((format) => `${format}=reports/staging.${format}`);
    // Files are named from where the command runs.
    const named = files.map((file) => file.replace("reports/", `${clone.tree}/reports/`));
    expect((await run("diff", "staging", "--from", "HEAD~1", "--to", "HEAD", "--out", ...named)).code).toBe(0);
    const written = readdirSync(join(clone.tree, "reports"));
    expect(written).toHaveLength(formats.length);
    for (const file of written) said.set(file, readFileSync(join(clone.tree, "reports", file), "utf8"));
    expect(told()).toEqual([]);
  });

  it("are neither in the ledger nor in what delivery says and commits", async () => {
    const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
    for (const [letter, result] of [
      ["5", "healthy"],
      ["6", "failed"],
    ] as const) {
      const set = ["image", "set", "auth-service", digest(letter), "--env", "staging", "--push"];
      expect((await run(...set)).code).toBe(0);
      expect((await run("ledger", "record", "staging", "--result", result)).code).toBe(0);
    }
    expect((await run("rollback", "staging", "--reason", "a test", "--push")).code).toBe(0);
    expect((await run("rotate", "staging", "registry")).code).toBe(0);
    expect((await run("ledger", "show", "staging", "--json")).code).toBe(0);
    clone.git("fetch", "--quiet", "origin", "delivery-ledger");
    const ledger = clone.git("log", "--patch", "FETCH_HEAD");
    expect(ledger).toContain(digest("6"));
    said.set("the ledger's history", ledger);
    said.set("messages of the commits", clone.git("log", "--format=%B%n%an%n%ae", "HEAD"));
    expect(told()).toEqual([]);
  });
});
