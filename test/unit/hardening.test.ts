import { describe, expect, it } from "vitest";
import { exemptionsOf, formatExemptions } from "../../cli/policies.ts";
import { pinnedImages } from "../../components/exemptions.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { expiredExemptions } from "../../policies/hardening/expiry.ts";
import { harden } from "../../policies/hardening/hardening.ts";
import { hardeningRules } from "../../policies/hardening/rules.ts";
import {
  kubeLinterConfig,
  kubescapeExceptions,
  polarisConfig,
  trivyIgnore,
} from "../../policies/hardening/scanner-files.ts";
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

  it("is what is exempt, with reason and date, for trivy and kubescape", () => {
    const component = { ...service(), exemptions: [{ ...pinnedImages, rule: "containers/privileged" }] };
    const stacks = [{ folder: "prod", components: [component], promises }];
    const { until, reason } = pinnedImages;
    expect(trivyIgnore(stacks)).toEqual({
      misconfigurations: [
        { id: "KSV-0017", paths: ["test/golden/prod/auth-service.yaml"], statement: reason, expired_at: until },
      ],
    });
    expect(kubescapeExceptions(stacks)).toEqual([
      expect.objectContaining({
        name: "prod-auth-service-containers-privileged",
        reason,
        expirationDate: `${until}T00:00:00Z`,
        posturePolicies: [{ controlID: "C-0057" }],
        resources: [
          {
            designatorType: "Attributes",
            attributes: expect.objectContaining({ kind: "Deployment", name: "auth-service" }) as object,
          },
        ],
      }),
    ]);
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
