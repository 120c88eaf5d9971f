import { describe, expect, it } from "vitest";
import { exemptionsOf, formatExemptions } from "../../cli/policies.ts";
import { pinnedImages } from "../../components/exemptions.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { expiredExemptions } from "../../policies/hardening/expiry.ts";
import { loadCluster } from "../../cli/generated.ts";
import { root } from "../../local/paths.ts";
import { harden, letOff } from "../../policies/hardening/hardening.ts";
import { hardeningRules } from "../../policies/hardening/rules.ts";
import type { Rendered } from "../../policies/hardening/scanner-files.ts";
import {
  kubeLinterConfig,
  kubescapeExceptions,
  polarisConfig,
  trivyData,
  trivyIgnore,
} from "../../policies/hardening/scanner-files.ts";
import { harmlessConfiguration } from "../../policies/hardening/words.ts";
import { clusterPromises } from "../../stacks/cluster.ts";
import { promisesOf } from "../../stacks/platform.ts";
import { built, committed } from "../support/environments.ts";

const prod = committed.find(({ name }) => name === "prod");
if (prod === undefined) throw new Error("There is a prod.");
const promises = { digests: true, redundant: true };

/** A service of production, as it is built before anything is exempt. */
function service(): Component {
  const found = built(prod?.environment ?? never()).find(({ name }) => name === "auth-service");
  if (found === undefined) throw new Error("There is an auth-service.");
  return found;
}

function never(): never {
  throw new Error("There is a prod.");
}

function rulesOf(component: Component, some = promises): string[] {
  return harden([component], some).findings.map(({ rule }) => rule);
}

describe("an exemption", () => {
  const bare = (): Component => ({ ...service(), exemptions: [] });

  it("is what a service has, and nothing else keeps it from passing", () => {
    expect(rulesOf(service())).toEqual([]);
    expect(rulesOf(bare())).toEqual(["containers/secret-variables", "images/digest", "images/pull-policy"]);
  });

  it("lets the object be, and tells the scanners why", () => {
    const { components } = harden([service()], promises);
    const deployment = components[0]?.manifests.find(({ object }) => object.kind === "Deployment")?.object;
    expect(Object.values(deployment?.metadata.annotations ?? {})).toContain(`CKV_K8S_15=${pinnedImages.reason}`);
    expect(deployment?.metadata.annotations?.["kube-score/ignore"]).toContain("container-image-pull-policy");
  });

  it("is a finding when the rule is kept", () => {
    const exemptions = [...(service().exemptions ?? []), { ...pinnedImages, rule: "containers/privileged" }];
    expect(harden([{ ...service(), exemptions }], promises).findings).toEqual([
      expect.objectContaining({
        rule: "exemptions/unused",
        place: "component auth-service",
        problem: "is exempt from containers/privileged, which it keeps.",
      }),
    ]);
  });

  it("is a finding when there is no such rule", () => {
    const exemptions = [...(service().exemptions ?? []), { ...pinnedImages, rule: "containers/priviledged" }];
    expect(harden([{ ...service(), exemptions }], promises).findings[0]?.problem).toBe(
      "is exempt from containers/priviledged, which is no rule.",
    );
  });

  it("of one object does not cover another", () => {
    const exemptions = [{ ...pinnedImages, objects: ["Deployment somebody-else"] }];
    expect(rulesOf({ ...service(), exemptions })).toContain("images/pull-policy");
  });

  it("of one problem does not cover another", () => {
    const exempt = (problem: string): string[] =>
      rulesOf({ ...service(), exemptions: [{ ...pinnedImages, problems: [problem] }] });
    expect(exempt("auth-service: pulls its image IfNotPresent.")).not.toContain("images/pull-policy");
    expect(exempt("auth-service: pulls its image Never.")).toContain("images/pull-policy");
  });

  it("from a rule that the environment does not promise to keep is no finding", () => {
    expect(rulesOf(service(), { digests: false, redundant: false })).toEqual([]);
  });

  it("is due on the day after its last, and not before", () => {
    const component = { ...service(), exemptions: [pinnedImages] };
    expect(expiredExemptions([component], pinnedImages.until)).toEqual([]);
    expect(expiredExemptions([component], "2099-01-01")).toEqual([
      expect.objectContaining({ rule: "exemptions/expired", place: "component auth-service" }),
    ]);
  });

  it("is listed once with all stacks that have it, the next to be looked at first", () => {
    const late = { ...pinnedImages, until: "2099-01-01" };
    const stacks = ["dev", "prod"].map((name) => ({
      name,
      components: [{ ...service(), exemptions: [late, pinnedImages] }],
    }));
    const text = formatExemptions(exemptionsOf(stacks), "2098-01-01");
    expect(text.split("\n").filter((line) => line.includes("images/pull-policy"))).toEqual([
      `${pinnedImages.until} EXPIRED  images/pull-policy  auth-service (dev, prod)`,
      "2099-01-01  images/pull-policy  auth-service (dev, prod)",
    ]);
  });
});

/** What is the same in every cluster, with the environment of production. */
const clusterStack = (): Rendered => ({
  folder: "cluster-prod",
  components: loadCluster("prod", root),
  promises: clusterPromises,
});

const rendered: readonly Rendered[] = [
  ...committed.map(({ name, environment }) => ({
    folder: name,
    components: built(environment),
    promises: promisesOf(environment),
  })),
  clusterStack(),
];

interface Ignored {
  readonly id: string;
  readonly paths: readonly string[];
  readonly expired_at?: string;
}

const ignoredBy = (stack: Rendered): readonly Ignored[] =>
  (trivyIgnore(stack) as { misconfigurations: readonly Ignored[] }).misconfigurations;

interface Exception {
  readonly name: string;
  readonly posturePolicies: readonly { readonly controlID: string }[];
  readonly resources: readonly { readonly attributes: { readonly name?: string } }[];
}

const exceptionsOf = (stacks: readonly Rendered[]): readonly Exception[] => kubescapeExceptions(stacks) as Exception[];

describe("what scanners are told", () => {
  it("names the same checks to kube-linter and polaris as the objects are let off from", () => {
    const { checks } = kubeLinterConfig() as { checks: { include: string[] } };
    const { checks: severities } = polarisConfig() as { checks: Record<string, string> };
    const annotations = committed
      .flatMap(({ environment }) => objectsOf(built(environment)))
      .flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}));
    const named = (pattern: RegExp): string[] => annotations.flatMap((key) => pattern.exec(key)?.[1] ?? []);
    const [linter, polaris] = [
      named(/^ignore-check\.kube-linter\.io\/(.+)$/),
      named(/^polaris\.fairwinds\.com\/(.+)-exempt$/),
    ];
    expect([linter.length > 0, polaris.length > 0]).toEqual([true, true]);
    expect(linter.filter((check) => !checks.include.includes(check))).toEqual([]);
    expect(polaris.filter((check) => severities[check] !== "danger")).toEqual([]);
  });

  it("is what is exempt, with reason and date, for kubescape", () => {
    const stack = { folder: "prod", components: [service()], promises };
    const { reason, until } =
      service().exemptions?.find(({ rule }) => rule === "containers/secret-variables") ?? pinnedImages;
    expect(exceptionsOf([stack])).toContainEqual(
      expect.objectContaining({
        name: "prod-auth-service-containers-secret-variables-C-0207-auth-service",
        reason,
        expirationDate: `${until}T23:59:59Z`,
        posturePolicies: [{ controlID: "C-0207" }],
        resources: [
          {
            designatorType: "Attributes",
            attributes: { kind: "Deployment", name: "auth-service", namespace: "suoke-life-prod" },
          },
        ],
      }),
    );
  });

  it("names each object that is let off to kubescape, and nothing else but the controls that find no fault", () => {
    const named = exceptionsOf(rendered).filter(({ resources }) =>
      resources.some(({ attributes }) => attributes.name === undefined),
    );
    const controls = named.flatMap(({ posturePolicies }) => posturePolicies.map(({ controlID }) => controlID));
    expect(controls).toEqual(["C-0211", "C-0237", "C-0255", "C-0258"]);
  });

  it("has a name of its own for each exception", () => {
    const names = exceptionsOf(rendered).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("names files to trivy as it does below a folder, and days as it reads them", () => {
    const entries = rendered.flatMap((stack) => ignoredBy(stack));
    expect(entries.length).toBeGreaterThan(0);
    for (const { paths, expired_at: end } of entries) {
      expect(paths).toEqual([expect.stringMatching(/^[^/]+\.yaml$/)]);
      expect(end ?? "2027-01-01T00:00:00Z").toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    }
  });

  it("leaves a check of trivy out of a whole folder only where an object makes it ask all others", () => {
    const whole = (stack: Rendered): string[] =>
      ignoredBy(stack)
        .filter(({ paths }) => paths.includes("*.yaml"))
        .map(({ id }) => id);
    expect(whole({ folder: "prod", components: [service()], promises })).toEqual([]);
    expect(whole(clusterStack())).toEqual(["KSV-0039", "KSV-0040"]);
  });

  it("trusts the registries that images come from", () => {
    expect(trivyData(rendered)).toEqual({
      ksv0125: { trusted_registries: expect.arrayContaining(["docker.io", "registry.suoke.life"]) as string[] },
    });
  });

  it("says of objects that keep a rule unseen the same to every scanner that takes them for a finding", () => {
    const kept = letOff(clusterStack().components, clusterStack().promises);
    const reader = kept.find(({ object }) => object.kind === "Role" && object.metadata.name === "consul-certificates");
    expect(reader?.because).toBeDefined();
    const bound = objectsOf(harden(clusterStack().components, clusterStack().promises).components).find(
      ({ kind, metadata }) => kind === "RoleBinding" && metadata.name === "consul-certificates",
    );
    expect(bound?.metadata.annotations).toHaveProperty(["ignore-check.kube-linter.io/access-to-secrets"]);
    expect(ignoredBy(clusterStack())).toContainEqual(expect.objectContaining({ id: "KSV-0113" }));
    expect(exceptionsOf([clusterStack()])).toContainEqual(
      expect.objectContaining({ posturePolicies: [{ controlID: "C-0015" }, { controlID: "C-0186" }] }),
    );
  });

  it("lets off the kinds that a check does not fit, and no others", () => {
    const objects = rendered.flatMap(({ components, promises: some }) => letOff(components, some));
    const off = (id: string): Set<string> =>
      new Set(
        objects
          .filter(({ scanners }) => Object.values(scanners).some((ids) => (ids as readonly string[]).includes(id)))
          .map(({ object }) => object.kind),
      );
    expect(off("no-readiness-probe")).toEqual(new Set(["StatefulSet", "Job", "CronJob"]));
    expect(off("deploymentMissingReplicas")).toEqual(new Set(["Deployment", "HorizontalPodAutoscaler"]));
    expect(off("C-0293")).toEqual(new Set(["Service"]));
    expect(off("C-0053")).toEqual(new Set(["RoleBinding", "ClusterRoleBinding"]));
  });

  it("tells of no configuration that is not there", () => {
    const names = rendered
      .flatMap(({ components }) => objectsOf(components))
      .filter(({ kind }) => kind === "ConfigMap")
      .map(({ metadata }) => metadata.name);
    expect(harmlessConfiguration.filter(({ name }) => !names.some((each) => name.test(each)))).toEqual([]);
  });

  it("names no control of kubescape under a rule that it is not about", () => {
    const covers = (rule: string) => hardeningRules.get(rule)?.covers;
    expect(covers("access/admission")?.kubescape).toEqual(["C-0280", "C-0281", "C-0282"]);
    expect(covers("access/subjects")?.kubescape).toEqual(["C-0185", "C-0262", "C-0265"]);
    expect(covers("access/secrets")?.trivy).toEqual(["KSV-0113"]);
    expect(covers("images/registry")?.kubescape).toBeUndefined();
    expect(covers("namespaces/pod-security")?.kubescape).toHaveLength(12);
    expect(covers("namespaces/bounded")?.trivy).toBeUndefined();
    expect(covers("containers/plain-secret")?.trivy).toBeUndefined();
  });
});

describe("every rule", () => {
  it.each([...hardeningRules.values()].map((rule) => [rule.id, rule] as const))(
    "%s says why and what to do",
    (_, rule) => {
      expect(rule.reason).toMatch(/^[A-Z].*[.]$/s);
      expect(rule.fix).toMatch(/^[A-Z].*[.]$/s);
    },
  );
});
