import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatStatus } from "../../cli/status.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { generated, generatedBytes, generatedUuid, secretText, setting } from "../../kubernetes/secrets.ts";
import { applySetId } from "../../local/applyset.ts";
import { freePorts, isFree } from "../../local/ports.ts";
import { withLock } from "../../local/lock.ts";
import { writePrivate } from "../../local/private-file.ts";
import { runProgram } from "../../local/process.ts";
import { duration } from "../../local/progress.ts";
import { reasonOf, rolloutOf } from "../../local/rollout.ts";
import type { LiveObject } from "../../local/rollout.ts";
import { pulumiFailure } from "../../local/pulumi-engine.ts";
import { localSecrets } from "../../local/secrets.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "suoke-local-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("secrets of the embedded cluster", () => {
  const values = {
    password: generated("p", { length: 24 }),
    digits: generated("d", { length: 9, alphabet: "digits" }),
    key: generatedBytes("k", { length: 32 }),
    id: generatedUuid("u"),
    url: secretText`x://${generated("p", { length: 24 })}@${setting("a.b")}`,
  };
  const component: Component = {
    type: "suoke:test:Secrets",
    name: "secrets",
    dependsOn: [],
    manifests: [secretManifest({ name: "s", namespace: "n", labels: {}, values })],
  };
  const path = (): string => join(folder, "secrets/dev.json");

  it("are made as declared, and a setting gets a placeholder", () => {
    const value = localSecrets(path(), [component]);
    expect(value(values.password)).toMatch(/^[A-Za-z0-9]{24}$/);
    expect(value(values.digits)).toMatch(/^[0-9]{9}$/);
    expect(Buffer.from(value(values.key), "base64")).toHaveLength(32);
    expect(value(values.id)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(value(values.url)).toBe(`x://${value(values.password)}@placeholder-a.b`);
  });

  it("stay the same from run to run, in a file that only its owner can read", () => {
    const first = localSecrets(path(), [component])(values.password);
    expect(localSecrets(path(), [component])(values.password)).toBe(first);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "secrets")).mode & 0o777).toBe(0o700);
  });

  it("change with the rotation alone, and the former value is kept", () => {
    const rotated = generated("p", { length: 24, rotation: 1 });
    const with1 = {
      ...component,
      manifests: [secretManifest({ name: "s", namespace: "n", labels: {}, values: { rotated } })],
    };
    const before = localSecrets(path(), [component])(values.password);
    expect(localSecrets(path(), [with1])(rotated)).not.toBe(before);
    expect(readFileSync(path(), "utf8")).toContain(before);
  });
});

it("a private file is its owner's alone, also where others could read what was there", () => {
  const path = join(folder, "secrets.json");
  writeFileSync(path, "old", { mode: 0o644 });
  writePrivate(path, "new");
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["new", 0o600]);
});

describe("a failure of Pulumi", () => {
  it("is told by its diagnostics, and not by the outputs that follow them", () => {
    const output =
      "Updating (dev):\n +  Secret creating\nDiagnostics:\n  v1:Secret (a):\n    error: no.\n\nOutputs:\n  url: x\n";
    expect(pulumiFailure(output)).toBe("  v1:Secret (a):\n    error: no.");
    expect(pulumiFailure("Diagnostics:\n  error: no.\n")).toBe("  error: no.");
  });

  it("is told by the end of what it said where there are none", () => {
    expect(pulumiFailure("error: no stack named 'dev' found\n")).toBe("error: no stack named 'dev' found");
  });
});

describe("the lock", () => {
  const path = (): string => join(folder, "deep/lock");

  it("keeps a second run out, naming the first and how to stop it", async () => {
    await withLock(path(), "./suoke up dev", async () => {
      await expect(withLock(path(), "./suoke up prod", () => Promise.resolve())).rejects.toThrow(
        new RegExp(
          `"./suoke up dev" is running \\(process ${process.pid}, since .*\\). Wait for it, or stop it with: kill ${process.pid}`,
        ),
      );
    });
  });

  it("is free again after a run, also one that failed", async () => {
    await expect(withLock(path(), "a", () => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
    await expect(withLock(path(), "b", () => Promise.resolve("ran"))).resolves.toBe("ran");
  });

  it.each([
    ["of a process that is gone", JSON.stringify({ pid: 2 ** 22 + 1, command: "x", since: "" })],
    ["that a crash cut off", '{"pid":'],
  ])("%s is taken over", async (_, content) => {
    mkdirSync(join(folder, "deep"));
    writeFileSync(path(), content);
    await expect(withLock(path(), "b", () => Promise.resolve("ran"))).resolves.toBe("ran");
    expect(readdirSync(join(folder, "deep"))).toEqual([]);
  });
});

describe("a program", () => {
  it("is stopped when it takes too long, and what it said is kept", async () => {
    const { code, output } = await runProgram({
      command: "sh",
      args: ["-c", "echo started; exec sleep 30"],
      limit: 0.3,
    });
    expect([code, output]).toEqual([-1, "started\n\nStopped after 0.3 s."]);
  });
  it("that is stopped has failed, also when it ends as if all were well", async () => {
    const { code } = await runProgram({
      command: "sh",
      args: ["-c", "trap 'exit 0' TERM; while :; do sleep 0.05; done"],
      limit: 0.3,
    });
    expect(code).toBe(-1);
  });
  it("is heard line by line, also the last one, each stream by itself and no character in two parts", async () => {
    const lines: string[] = [];
    const { output } = await runProgram({
      command: "sh",
      // The three bytes of a character, with a pause in it in which the other stream says something.
      args: ["-c", "printf '\\346\\240'; sleep 0.1; echo warning >&2; sleep 0.1; printf '\\221\\nlast'"],
      limit: 10,
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(["warning", "\u6811", "last"]);
    expect(output).toBe("warning\n\u6811\nlast");
  });
  it("that is not there is a failure that says so", async () => {
    const { code, output } = await runProgram({ command: "no-such-program", args: [], limit: 5 });
    expect([code, output]).toEqual([-1, expect.stringContaining("ENOENT")]);
  });
});

describe("ports for a cluster", () => {
  it("are different ones below the range that the system hands out, and somebody can listen on each", async () => {
    const ports = await freePorts(6);
    expect(new Set(ports).size).toBe(6);
    for (const port of ports) {
      expect(port).toBeGreaterThanOrEqual(20_000);
      expect(port).toBeLessThan(32_768);
      expect(await isFree(port)).toBe(true);
    }
  });

  it("are not free while somebody listens", async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
    expect(await isFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("an apply set's id", () => {
  it("is the one that kubectl computes", () => {
    // Read off a set that kubectl 1.36 made.
    expect(applySetId({ name: "platform", namespace: "suoke-life-dev" })).toBe(
      "applyset-cJgbaVY54vYdHfdenX3Zfqn7G7Qp19RWccRaZMwJ2ec-v1",
    );
  });
});

describe("a rollout", () => {
  const deployment = (spec: object, status: object, generation = 2): LiveObject => ({
    kind: "Deployment",
    metadata: { name: "x", generation },
    spec: { ...spec },
    status: { observedGeneration: 2, ...status },
  });
  const complete = { replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  const autoscaler: LiveObject = { kind: "HorizontalPodAutoscaler", metadata: { name: "x" }, spec: { minReplicas: 5 } };

  it("is done when every replica is updated and available", () => {
    expect(rolloutOf(deployment({ replicas: 3 }, complete))).toEqual({ ready: 3, desired: 3, done: true });
  });
  it.each([
    ["the controller has not seen the change", deployment({ replicas: 3 }, complete, 3)],
    ["pods of the old revision are left", deployment({ replicas: 3 }, { ...complete, replicas: 4 })],
    ["a replica is not available", deployment({ replicas: 3 }, { ...complete, availableReplicas: 2 })],
    ["a replica is not updated", deployment({ replicas: 3 }, { ...complete, updatedReplicas: 2 })],
  ])("is not done while %s", (_, object) => {
    expect(rolloutOf(object).done).toBe(false);
  });
  it("waits for the autoscaler's minimum", () => {
    expect(rolloutOf(deployment({ replicas: 3 }, complete), autoscaler)).toEqual({ ready: 3, desired: 5, done: false });
  });
  it("has failed when Kubernetes has given it up", () => {
    const conditions = [
      { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "timed out" },
    ];
    expect(rolloutOf(deployment({ replicas: 3 }, { conditions })).failed).toBe("timed out");
    // Of the change before: the controller has not seen this one.
    expect(rolloutOf(deployment({ replicas: 3 }, { conditions }, 3)).failed).toBeUndefined();
  });
  it("of a StatefulSet is done when every pod is ready and of the newest revision", () => {
    const set = (status: object): LiveObject => ({ ...deployment({ replicas: 3 }, status), kind: "StatefulSet" });
    const revisions = { currentRevision: "a", updateRevision: "a" };
    expect(rolloutOf(set({ ...revisions, readyReplicas: 3 }))).toEqual({ ready: 3, desired: 3, done: true });
    expect(rolloutOf(set({ ...revisions, readyReplicas: 2 })).done).toBe(false);
    expect(rolloutOf(set({ ...revisions, updateRevision: "b", updatedReplicas: 1, readyReplicas: 3 })).done).toBe(
      false,
    );
  });
  it("of a DaemonSet is done when every node has its pod", () => {
    const set = (status: object): LiveObject => ({ ...deployment({}, status), kind: "DaemonSet" });
    const all = { desiredNumberScheduled: 6, updatedNumberScheduled: 6, numberAvailable: 6 };
    expect(rolloutOf(set(all))).toEqual({ ready: 6, desired: 6, done: true });
    expect(rolloutOf(set({ ...all, updatedNumberScheduled: 5 })).done).toBe(false);
  });
  it("of a Job is done when it has succeeded, and has failed when Kubernetes says so", () => {
    const run = (status: object): LiveObject => ({ ...deployment({}, status), kind: "Job" });
    expect(rolloutOf(run({ succeeded: 1 }))).toEqual({ ready: 1, desired: 1, done: true });
    const conditions = [{ type: "Failed", status: "True", message: "backoff limit" }];
    expect(rolloutOf(run({ conditions })).failed).toBe("backoff limit");
  });
  it("says what holds a pod up", () => {
    const conditions = [
      { type: "PodScheduled", status: "True" },
      { type: "suoke.life/ReferencesResolved", status: "False", message: 'Secret "x" does not exist' },
    ];
    expect(reasonOf({ kind: "Pod", metadata: { name: "x" }, status: { conditions } })).toBe(
      'Secret "x" does not exist',
    );
  });
});

describe("what people read", () => {
  it("durations in the unit that fits", () => {
    expect([400, 9_949, 42_000, 185_000].map(duration)).toEqual(["0.4 s", "9.9 s", "42 s", "3 min 5 s"]);
    // Rounded before it is divided: no minute has 60 s, and no number of two digits a fraction.
    expect([9_970, 99_700, 119_700].map(duration)).toEqual(["10 s", "1 min 40 s", "2 min 0 s"]);
  });
  it("the status as an aligned table", () => {
    const now = Date.parse("2026-01-01T01:00:00Z");
    const row = { environment: "dev", kind: "Deployment", ready: 1, desired: 2 } as const;
    const rows = [
      { ...row, component: "auth-service", name: "auth-service", created: "2026-01-01T00:59:15Z" },
      { ...row, component: "x", name: "y", created: "2026-01-01T00:00:00Z" },
    ];
    expect(formatStatus(rows, now)).toBe(
      [
        "ENVIRONMENT  COMPONENT     KIND        NAME          READY  AGE",
        "dev          auth-service  Deployment  auth-service  1/2    45s",
        "dev          x             Deployment  y             1/2    60m",
      ].join("\n"),
    );
  });
});
