import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { root } from "../../local/paths.ts";
import { services } from "../../catalogue/services.ts";
import { secretsOf } from "../../kubernetes/secret-manifest.ts";
import { leavesOf } from "../../kubernetes/sinks.ts";
import { clusterProject } from "../../stacks/cluster.ts";
import { project, readStackFile } from "../../stacks/load.ts";
import { platform } from "../../stacks/platform.ts";
import { committed } from "../support/environments.ts";
import { secretSettings } from "../support/mocks.ts";
import { isMade, secretSignature, signatureKey, unknownValue } from "../support/monitor.ts";
import type { Registration } from "../support/monitor.ts";
import { leaks } from "../support/secrets.ts";
import type { WireResult, WireRun } from "../support/wire.ts";
import { runOverTheWire } from "../support/wire.ts";

interface Case {
  readonly title: string;
  readonly components: readonly Component[];
  readonly run: WireRun;
}

const environments: readonly Case[] = committed.map(({ name, environment }) => {
  const components = platform(environment);
  const { config } = readStackFile(join(root, `Pulumi.${name}.yaml`));
  return {
    title: name,
    components,
    run: {
      folder: ".",
      program: ".",
      project,
      stack: name,
      config: { ...config, [`${project}:secrets`]: secretSettings(components) },
    },
  };
});
const shared: Case = {
  title: "cluster/local",
  components: loadCluster("local", root),
  run: {
    folder: "cluster",
    program: "index.ts",
    project: clusterProject,
    stack: "local",
    config: readStackFile(join(root, "cluster/Pulumi.local.yaml")).config,
  },
};
const [dev] = environments;
if (dev === undefined) throw new Error("There is an environment.");

const kubernetes = ({ monitor }: WireResult): Registration[] =>
  monitor.registered.filter(({ type }) => type.startsWith("kubernetes:"));

describe.each([...environments, shared])("over Pulumi's protocol, the program of $title", ({ components, run }) => {
  let result: WireResult;
  beforeAll(async () => {
    result = await runOverTheWire(run);
  });

  it("ends well and logs no error", () => {
    expect([result.code, result.monitor.errors, result.output]).toEqual([0, [], ""]);
  });

  it("registers each object once, below its component, which is below the stack", () => {
    const urns = kubernetes(result).map(({ urn }) => urn);
    expect(new Set(urns).size).toBe(objectsOf(components).length);
    const stack = `urn:pulumi:${run.stack}::${run.project}::pulumi:pulumi:Stack::${run.project}-${run.stack}`;
    for (const { name, type } of components) {
      const component = result.monitor.registered.find((each) => each.type === type && each.name === name);
      expect(component?.parent, name).toBe(stack);
      const children = kubernetes(result).filter(({ parent }) => parent === component?.urn);
      expect(children.length, name).toBe(components.find((each) => each.name === name)?.manifests.length);
    }
  });

  it("names the one explicit provider with its id for each of them", () => {
    const providers = new Set(kubernetes(result).map(({ provider }) => provider));
    expect([...providers]).toEqual([
      `urn:pulumi:${run.stack}::${run.project}::pulumi:providers:kubernetes::kubernetes::kubernetes-id`,
    ]);
  });

  it("sends protection and retention as the manifests declare them", () => {
    for (const component of components) {
      for (const { object, lifecycle } of component.manifests) {
        const name = `${component.name}-${object.kind}-${object.metadata.name}`;
        const sent = kubernetes(result).find((each) => each.name === name);
        expect([sent?.protect, sent?.retainOnDelete], name).toEqual([
          lifecycle?.protect ?? false,
          lifecycle?.retainOnDelete ?? false,
        ]);
      }
    }
  });

  it("sends nothing of this machine in its providers", () => {
    const providers = result.monitor.registered.filter(({ type }) => type.startsWith("pulumi:providers:"));
    expect(JSON.stringify(providers.map(({ inputs }) => inputs))).not.toContain(root);
  });
});

describe.each(environments)("over Pulumi's protocol, the secrets of $title", ({ components, run }) => {
  let result: WireResult;
  beforeAll(async () => {
    result = await runOverTheWire(run);
  });

  it("go as marked secrets into Secrets, and nowhere else", () => {
    for (const { name, inputs } of kubernetes(result)) {
      const text = JSON.stringify(inputs);
      if (inputs["kind"] !== "Secret") expect([...leaks(text), isMade(text)], name).toEqual([false]);
      // One that a Job fills has no values of ours.
      else if (inputs["stringData"] !== undefined)
        expect(inputs["stringData"], name).toMatchObject({ [signatureKey]: secretSignature });
    }
    expect(leaks(JSON.stringify([...result.monitor.outputs, ...result.monitor.errors]))).toEqual([]);
  });

  it("are made by the random provider once each", () => {
    const made = result.monitor.registered.filter(({ type }) => type.startsWith("random:"));
    const generated = secretsOf(components)
      .flatMap(leavesOf)
      .flatMap((leaf) => (leaf.secret === "setting" ? [] : [`${leaf.id} ${leaf.rotation}`]));
    const keptBy = (inputs: Registration["inputs"]): unknown =>
      (inputs["keepers"] as { readonly rotation?: string } | undefined)?.rotation;
    expect(made.map(({ name, inputs }) => `${name} ${String(keptBy(inputs))}`).sort()).toEqual(
      [...new Set(generated)].sort(),
    );
    expect(made.map(({ name }) => name)).toContain("python-hash-seed");
    // The ids of the provider's other resources are their values, and ids are not encrypted.
    expect([...new Set(made.map(({ type }) => type))]).toEqual(["random:index/randomPassword:RandomPassword"]);
  });

  it("are unknown in a preview of a new stack, and still marked", async () => {
    const preview = await runOverTheWire({ ...run, preview: true });
    expect([preview.code, preview.monitor.errors]).toEqual([0, []]);
    const secret = kubernetes(preview).find(({ name }) => name === "runtime-Secret-runtime-secrets");
    expect(JSON.stringify(secret?.inputs["stringData"])).toContain(unknownValue);
    expect(kubernetes(preview).length).toBe(kubernetes(result).length);
  });
});

describe("over Pulumi's protocol", () => {
  it("every option of an object's life arrives", async () => {
    const { code, monitor, output } = await runOverTheWire({
      ...dev.run,
      folder: "test/support/programs",
      program: "lifecycle.ts",
    });
    expect(code, output).toBe(0);
    expect(monitor.registered.find(({ name }) => name === "lifecycle-ConfigMap-kept")).toMatchObject({
      protect: true,
      retainOnDelete: true,
      deleteBeforeReplace: true,
      ignoreChanges: ["metadata.annotations"],
      aliases: ["former-name"],
    });
  });

  it("a refused registration ends the program with a clear error, and nothing that depends on it is registered", async () => {
    const { code, monitor } = await runOverTheWire({ ...dev.run, fail: "runtime-Secret-runtime-secrets" });
    expect(code).not.toBe(0);
    expect(monitor.errors.join("\n")).toContain("the server refused runtime-Secret-runtime-secrets");
    const microservices = monitor.registered.filter(({ type }) => type === "suoke:service:Microservice");
    expect(microservices.map(({ name }) => name)).toEqual([]);
    const deployments = monitor.registered.filter(({ type }) => type.endsWith(":Deployment"));
    const dependants = Object.values(services).map(({ name }) => `${name}-Deployment-${name}`);
    expect(deployments.map(({ name }) => name).filter((name) => dependants.includes(name))).toEqual([]);
  });

  it("wrong settings end the program before anything but the stack is registered, without a stack trace", async () => {
    const config = { ...dev.run.config, "suoke-life:domian": "x" };
    const { code, monitor } = await runOverTheWire({ ...dev.run, config });
    expect(code).not.toBe(0);
    expect(monitor.errors.join("\n")).toContain('suoke-life:domian: unknown key "domian". Did you mean "domain"?');
    expect(monitor.errors.join("\n")).not.toMatch(/^\s+at /m);
    expect(monitor.registered.map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack"]);
  });

  it("a cluster that is not prepared ends the program before anything is registered", async () => {
    const cluster = { context: "nowhere", apiServer: { cidrs: ["10.0.0.0/28"], port: 6443 } };
    const { code, monitor } = await runOverTheWire({
      ...dev.run,
      config: { ...dev.run.config, "suoke-life:cluster": cluster },
    });
    expect(code).not.toBe(0);
    expect(monitor.errors.join("\n")).toContain("The cluster of context nowhere could not be asked");
    expect(monitor.registered.map(({ type }) => type)).toEqual(["pulumi:pulumi:Stack"]);
  });

  it("a program that is told to stop in the middle stops at once", async () => {
    const { signal, code } = await runOverTheWire({
      ...dev.run,
      delay: 200,
      started: (child, monitor) => {
        const timer = setInterval(() => {
          if (monitor.registered.length < 5) return;
          clearInterval(timer);
          child.kill("SIGTERM");
        }, 20);
      },
    });
    expect([signal, code]).toEqual(["SIGTERM", -1]);
  });
});
