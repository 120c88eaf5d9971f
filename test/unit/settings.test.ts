import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../../local/paths.ts";
import { Findings, UsageError } from "../../policies/finding.ts";
import { environmentNames } from "../../stacks/environment.ts";
import { environment, environmentNamed, loadEnvironment, project, readStackFile } from "../../stacks/load.ts";
import { volatileKeys } from "../../stacks/settings.ts";

const committed = readStackFile(join(root, "Pulumi.prod.yaml")).config;

/** The messages of everything that is wrong with a configuration. */
function problems(config: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    environment("prod", config);
    return [];
  } catch (error) {
    if (!(error instanceof Findings)) throw error;
    return error.findings.map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`);
  }
}

describe("the settings of an environment", () => {
  it("are decoded the same from the file and from what Pulumi hands over", () => {
    const asText = Object.fromEntries(
      Object.entries(committed).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
    expect(environment("prod", asText).settings).toEqual(environment("prod", committed).settings);
  });

  it("are frozen at every level", () => {
    const { settings } = environment("prod", committed);
    expect(Object.isFrozen(settings) && Object.isFrozen(settings.cluster.apiServer.cidrs)).toBe(true);
  });

  it("report a misspelt key and three further errors at once, each with its path and what is near", () => {
    const { "suoke-life:domain": domain, ...rest } = committed;
    const config = {
      ...rest,
      "suoke-life:domian": domain,
      "suoke-life:images": {
        ...(committed["suoke-life:images"] as object),
        "auth-servise": "v1",
        "user-service": "latest",
      },
      "suoke-life:cluster": { context: "suoke-life-prod", apiServer: { cidrs: ["10.30.0.0/28"], port: 70000 } },
    };
    expect(problems(config)).toEqual(
      expect.arrayContaining([
        'Pulumi.prod.yaml: suoke-life:domian: unknown key "domian". Did you mean "domain"?',
        "Pulumi.prod.yaml: suoke-life:domain: is missing. Set it, as the other environments do.",
        'Pulumi.prod.yaml: suoke-life:images.auth-servise: unknown key "auth-servise". Did you mean "auth-service"?',
        expect.stringMatching(/^Pulumi.prod.yaml: suoke-life:images.user-service: "latest": is not a tag/),
        expect.stringMatching(/^Pulumi.prod.yaml: suoke-life:cluster.apiServer.port: 70000: /),
      ]),
    );
    expect(problems(config)).toHaveLength(5);
  });

  it("require an image for every service that runs, and for no other", () => {
    const images = { ...(committed["suoke-life:images"] as Record<string, string>) };
    delete images["xiaoai-service"];
    expect(problems({ ...committed, "suoke-life:images": images })).toEqual([
      "Pulumi.prod.yaml: suoke-life:images.xiaoai-service: is missing. Set it, as the other environments do.",
    ]);
    expect(images).not.toHaveProperty("consultation-service");
  });

  it.each(["v1.2.3", "1.2", `v1.2.3@sha256:${"0".repeat(64)}`, `sha256:${"a".repeat(64)}`])(
    "take the image version %s",
    (version) => {
      expect(
        problems({
          ...committed,
          "suoke-life:images": { ...(committed["suoke-life:images"] as object), "auth-service": version },
        }),
      ).toEqual([]);
    },
  );

  it.each(["latest", "", "a b", "sha256:123", "v1@sha256:12", "-v1"])("refuse the image version %j", (version) => {
    const config = {
      ...committed,
      "suoke-life:images": { ...(committed["suoke-life:images"] as object), "auth-service": version },
    };
    expect(problems(config)).toHaveLength(1);
  });

  it("let nobody into Prometheus by naming a namespace without labels, which would be all of its pods", () => {
    const access = (labels: object) => ({
      ...committed,
      "suoke-life:monitoring": {
        ...(committed["suoke-life:monitoring"] as object),
        access: { prometheus: [{ kind: "pods", namespace: "gitlab-runner", labels }] },
      },
    });
    expect(problems(access({ app: "runner" }))).toEqual([]);
    expect(problems(access({}))).toEqual([
      expect.stringContaining("suoke-life:monitoring.access.prometheus.0.labels: {}: names no label"),
    ]);
  });

  it("refuse a namespace that is nobody's, and leave those of Pulumi and its providers alone", () => {
    expect(problems({ ...committed, "pulumi:tags": {}, "kubernetes:namespace": "x" })).toEqual([]);
    expect(problems({ ...committed, "suoke-lif:domain": "x" })[0]).toContain('Did you mean "suoke-life"?');
  });

  it("have the same required keys in all three files", () => {
    const keys = environmentNames.map((name) =>
      Object.keys(readStackFile(join(root, `Pulumi.${name}.yaml`)).config)
        .filter(
          (key) => key.startsWith(`${project}:`) && !volatileKeys.some((volatile) => key === `${project}:${volatile}`),
        )
        .sort(),
    );
    expect(keys[1]).toEqual(keys[0]);
    expect(keys[2]).toEqual(keys[0]);
  });
});

describe("a stack file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "suoke-settings-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (text: string): void => writeFileSync(join(folder, "Pulumi.dev.yaml"), text);

  it("with a secret in plain text is refused, naming the command that sets it", () => {
    write("config:\n  suoke-life:secrets: { registry: { password: hunter2 }, consul: { x: { secure: v1:abc } } }\n");
    const read = (): unknown => loadEnvironment("dev", folder);
    expect(read).toThrow("suoke-life:secrets.registry.password: stands in plain text");
    expect(read).toThrow("pulumi config set --secret --path secrets.registry.password");
    expect(read).not.toThrow("hunter2");
    expect(read).not.toThrow("secrets.consul");
  });

  it("that is not YAML is refused with the line", () => {
    write("config:\n  password: hunter2\n  a: [1\n");
    const read = (): unknown => loadEnvironment("dev", folder);
    expect(read).toThrow(/Pulumi\.dev\.yaml: is not YAML: [a-z ,]+ \(line 4, column 1\)\. Correct the line\./);
    expect(read).not.toThrow("hunter2");
  });

  it("with an unknown top-level key is refused together with what is wrong inside", () => {
    write("confg: {}\nconfig:\n  suoke-life:domain: x\n");
    const read = (): unknown => loadEnvironment("dev", folder);
    expect(read).toThrow('unknown key "confg". Did you mean "config"?');
    expect(read).toThrow('"x": is not a host name');
  });

  it("that is missing is wrong use", () => {
    expect(() => loadEnvironment("dev", folder)).toThrow(UsageError);
  });
});

describe("an environment's name", () => {
  it("that does not exist is wrong use, with the nearest that does", () => {
    expect(() => environmentNamed("stagin")).toThrow(
      new UsageError('There is no environment "stagin". Did you mean "staging"?'),
    );
    expect(() => environmentNamed("production-eu")).toThrow("Known: dev, staging, prod.");
  });
});
