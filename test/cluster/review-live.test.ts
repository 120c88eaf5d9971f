import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Live } from "../../cli/live.ts";
import { readLive } from "../../cli/live.ts";
import { withApi } from "../../cli/api.ts";
import { rendered } from "../../cli/diff-formats.ts";
import { formats } from "../../cli/format-names.ts";
import { kubectl, kubectlOutput } from "../../cli/kubectl.ts";
import { canonical, toYaml } from "../../kubernetes/render.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { programPath } from "../../local/toolchain.ts";
import { environmentReport } from "../../review/build.ts";
import type { Placed, PlainObject } from "../../review/change.ts";
import { pathText } from "../../review/change.ts";
import { compareObjects } from "../../review/compare.ts";
import { placedOf } from "../../review/placed.ts";
import type { Report } from "../../review/report.ts";
import { deliveryNamespace } from "../../stacks/cluster.ts";
import { environments } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import { edited } from "../corpus/pair.ts";
import { committed } from "../support/environments.ts";
import { reportOf } from "../support/reports.ts";
import { canary, canaryValue } from "../support/secrets.ts";
import { admin, deployer } from "../support/server.ts";
import { suoke } from "../support/suoke.ts";
import { testInstance } from "../support/cluster.ts";

const { namespace } = environments.dev;
const environment = committed.find(({ name }) => name === "dev")?.environment;
/** Two services of dev, and what all have in common. */
const components: readonly Component[] = (environment === undefined ? [] : platform(environment)).filter(({ name }) =>
  ["runtime", "auth-service", "user-service"].includes(name),
);
const wanted: readonly Placed[] = placedOf(components);

beforeAll(async () => {
  const yaml = objectsOf(components).map((object) => `---\n${toYaml(canonical(object, canaryValue))}`);
  const args = ["apply", "--server-side", "--force-conflicts", "--field-manager=suoke", "-f", "-"];
  await kubectlOutput(deployer("dev"), args, yaml.join(""));
});
afterAll(async () => {
  const yaml = objectsOf(components).map((object) => `---\n${toYaml(canonical(object, canaryValue))}`);
  await kubectl(deployer("dev"), ["delete", "--ignore-not-found", "--wait", "-f", "-"], yaml.join(""));
});

/** What runs against objects, as the deployer of dev. */
function live(objects: readonly Placed[]): Promise<Live> {
  return withApi(deployer("dev"), (api) => readLive(api, objects, [], [{ namespace }]));
}

/** The objects and places that change, without those that are new. */
function changed({ before, after }: Live): string[] {
  const was = new Map(before.map(({ object }) => [`${object.kind} ${object.metadata.name}`, object]));
  return after
    .flatMap(({ object }) => {
      const name = `${object.kind} ${object.metadata.name}`;
      const old = was.get(name);
      return old === undefined ? [`${name}: new`] : placesOf(name, old, object);
    })
    .sort();
}

function placesOf(name: string, before: PlainObject, after: PlainObject): string[] {
  return compareObjects(before, after).map(({ op, path }) => `${name}: ${op} ${pathText(path)}`);
}

/** The same as kubectl says it: the files that it hands to a program that compares them. */
async function changedByKubectl(objects: readonly Placed[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "suoke-diff-"));
  const yaml = objects
    .filter(({ object }) => object.kind !== "Secret")
    .map(({ object }) => `---\n${toYaml(object)}`)
    .join("");
  try {
    // A program that keeps what it is given. kubectl passes it nothing of its own but the two folders.
    const keep = join(folder, "keep");
    writeFileSync(keep, '#!/bin/sh\ncp -r "$1" "$2" "$(dirname "$0")"\n', { mode: 0o755 });
    process.env["KUBECTL_EXTERNAL_DIFF"] = keep;
    const { stderr } = await kubectl(
      deployer("dev"),
      ["diff", "--server-side", "--force-conflicts", "--field-manager=suoke", "-f", "-"],
      yaml,
    );
    expect(stderr).toBe("");
  } finally {
    delete process.env["KUBECTL_EXTERNAL_DIFF"];
  }
  const [before = "", after = ""] = ["LIVE", "MERGED"].map((side) =>
    join(folder, readdirSync(folder).find((name) => name.startsWith(side)) ?? ""),
  );
  const found = readdirSync(after).flatMap((file) => {
    const [old, next] = [before, after].map((side) => {
      try {
        return load(readFileSync(join(side, file), "utf8")) as PlainObject | undefined;
      } catch {
        return undefined;
      }
    });
    if (next === undefined) return [];
    const name = `${next.kind} ${next.metadata.name}`;
    return old === undefined ? [`${name}: new`] : placesOf(name, old, next);
  });
  rmSync(folder, { recursive: true });
  // The server counts what it would store: no part of what anybody wants.
  return found.filter((place) => !/ metadata\.(generation|creationTimestamp|uid)$/.test(place)).sort();
}

const authDeployment = (object: PlainObject): boolean =>
  object.kind === "Deployment" && object.metadata.name === "auth-service";
const userService = (object: PlainObject): boolean =>
  object.kind === "Service" && object.metadata.name === "user-service";

describe("what runs compared with what would run", () => {
  it("is nothing after applying", async () => {
    const found = await live(wanted);
    expect(changed(found)).toEqual([]);
    expect(found.refusals.size).toBe(0);
    expect(await changedByKubectl(wanted)).toEqual([]);
  });

  it("agrees with kubectl diff --server-side on what others have changed and what is to change", async () => {
    const on = (...args: readonly string[]): Promise<string> =>
      kubectlOutput(deployer("dev"), [...args, `--namespace=${namespace}`]);
    await on("set", "image", "deployment/user-service", "user-service=registry.example/other:v1");
    await on("patch", "deployment/user-service", "--type=merge", "--patch", '{"spec":{"replicas":5}}');
    await on("label", "service/user-service", "hand=made", "app.kubernetes.io/part-of=other", "--overwrite");
    await on("delete", "poddisruptionbudget/auth-service");
    const next = wanted.map(({ component, object }) => ({
      component,
      object: authDeployment(object)
        ? edited(object, ["spec.template.spec.terminationGracePeriodSeconds", 77], ["metadata.labels.tier", "front"])
        : userService(object)
          ? edited(object, ["metadata.labels.suoke\\.life/team", undefined])
          : object,
    }));
    const [ours, theirs] = [changed(await live(next)), await changedByKubectl(next)];
    expect(ours).toEqual(theirs);
    expect(ours).toContain("Deployment user-service: replace spec.template.spec.containers[user-service].image");
    expect(ours).toContain("PodDisruptionBudget auth-service: new");
    expect(ours).toContain('Service user-service: remove metadata.labels["suoke.life/team"]');
    expect(ours.some((place) => place.includes("hand"))).toBe(false);
  });

  it("tells what is there and no longer wanted, but nothing that controllers have made", async () => {
    const fewer = wanted.filter(({ component }) => component !== "user-service");
    const { changes } = (({ before, after }: Live) => environmentReport("dev", before, after))(await live(fewer));
    const gone = changes.filter(({ operation }) => operation === "delete").map(({ kind, name }) => `${kind} ${name}`);
    expect(gone).toContain("Deployment user-service");
    expect(gone.some((name) => /^(Pod|ReplicaSet|EndpointSlice) /.test(name))).toBe(false);
  });

  it("tells in the server's words what it would refuse", async () => {
    const other = wanted.map(({ component, object }) => ({
      component,
      object: authDeployment(object)
        ? edited(object, ["spec.selector.matchLabels.app", "other"], ["spec.template.metadata.labels.app", "other"])
        : object,
    }));
    const { refusals } = await live(other);
    expect([...refusals.keys()]).toEqual([`Deployment/${namespace}/auth-service`]);
    expect([...refusals.values()][0]).toContain("field is immutable");
  });

  it("has no value of a Secret in any form of its report", async () => {
    const { before, after } = await live(
      wanted.map(({ component, object }) => ({ component, object: edited(object, ["metadata.labels.tier", "front"]) })),
    );
    const report = reportOf([environmentReport("dev", before, after)]);
    expect(report.environments[0]?.changes.length).toBeGreaterThan(5);
    for (const format of formats) expect(await rendered(report, format, {})).not.toContain(canary);
    expect(JSON.stringify([before, after])).not.toContain(canary);
    // The canary is there to be found.
    const secret = await kubectlOutput(admin, ["get", "secrets", `--namespace=${namespace}`, "-o", "yaml"]);
    expect(secret).toContain(Buffer.from(canary).toString("base64").slice(0, 6));
  });
});

describe("./suoke diff --live", () => {
  let folder: string;
  const run = (...args: readonly string[]) =>
    suoke(["diff", ...args], { KUBECONFIG: testInstance.kubeconfig, PATH: `${folder}:${process.env["PATH"] ?? ""}` });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "suoke-bin-"));
    mkdirSync(folder, { recursive: true });
    symlinkSync(programPath("kubernetes", "kubectl"), join(folder, "kubectl"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("says where it looked, what is missing, and what it did not look at", async () => {
    const { code, stdout, stderr } = await run("dev", "--live");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("what runs (suoke-life-dev) → the working tree");
    expect(stdout).toContain("Values of Secrets are not read");
    expect(stdout).not.toContain("default-deny");
  });

  it("tells what is there of the cluster's own stack and no longer wanted, in each of its namespaces", async () => {
    const labels = { "app.kubernetes.io/managed-by": "suoke" };
    const left = [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "left", namespace: deliveryNamespace, labels } },
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "left", namespace, labels },
        rules: [],
      },
    ];
    const yaml = left.map((object) => `---\n${toYaml(object)}`).join("");
    await kubectlOutput(admin, ["apply", "--server-side", "-f", "-"], yaml);
    const { code, stdout, stderr } = await run("cluster/local", "--live", "--format", "json");
    await kubectlOutput(admin, ["delete", "-f", "-"], yaml);
    expect([code, stderr]).toEqual([0, ""]);
    const [report] = (JSON.parse(stdout) as Report).environments;
    const gone = (report?.changes ?? []).map(({ operation, kind, namespace: place = "", name }) =>
      [operation, kind, place, name].join(" "),
    );
    expect(gone.sort()).toEqual([`delete ConfigMap ${deliveryNamespace} left`, `delete Role ${namespace} left`]);
  });

  it("is exit code 2 when the server does not answer", async () => {
    const kubeconfig = join(folder, "kubeconfig");
    const config = readFileSync(testInstance.kubeconfig, "utf8").replace(/server: .*/, "server: https://127.0.0.1:1");
    writeFileSync(kubeconfig, config);
    const said = await suoke(["diff", "dev", "--live"], {
      KUBECONFIG: kubeconfig,
      PATH: `${folder}:${process.env["PATH"] ?? ""}`,
    });
    expect([said.code, said.stdout, said.stderr]).toEqual([
      2,
      "",
      expect.stringContaining("The cluster of context suoke-life-dev could not be asked"),
    ]);
  });

  it.each([
    [["dev", "--live", "--context", "nowhere"], "The cluster of context nowhere could not be asked"],
    [["--live"], "say which environments to look at"],
    [["dev", "--live", "--from", "HEAD"], "leave out --from"],
    [["dev", "--context", "other"], "--context says where to look with --live"],
  ])("%j is exit code 2, with one clear message", async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
  });
});
