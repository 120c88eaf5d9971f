import { describe, expect, it } from "vitest";
import { committedTimes, imageMessage } from "../../delivery/commit.ts";
import { dora, metrics } from "../../delivery/dora.ts";
import { budgetFindings, freezeFindings } from "../../delivery/gates.ts";
import type { Deployment, Entry } from "../../delivery/ledger.ts";
import { formatEntry, lastGood, parseLedger, provenImages, unproven, verdict } from "../../delivery/ledger.ts";
import { idled, restored, staying } from "../../delivery/rollback.ts";
import { runningImages, secondImages } from "../../stacks/images.ts";
import { environmentOf } from "../support/environments.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;
const commit = (letter: string): string => letter.repeat(40);
const project = "suoke-life";
const made = (minute: number, result: Deployment["result"], images: Record<string, string>, more = {}): Deployment => ({
  kind: "deployment",
  environment: "staging",
  at: new Date(Date.UTC(2027, 0, 1, 0, minute)).toISOString(),
  commit: commit(String(minute % 10)),
  by: "https://gitlab.example/jobs/1",
  result,
  images,
  changed: Object.keys(images),
  committed: {},
  ...more,
});
const withdrawn = (minute: number, images: Record<string, string>): Entry => ({
  kind: "withdrawal",
  environment: "staging",
  at: new Date(Date.UTC(2027, 0, 1, 0, minute)).toISOString(),
  commit: commit("e"),
  by: "an SRE by hand",
  images,
  reason: "broken",
});

describe("the promotion ledger", () => {
  it("is read back as it was written, and refuses what is no entry with its place", () => {
    const entries = [made(1, "healthy", { a: digest("a") }), withdrawn(2, { a: digest("a") })];
    expect(parseLedger(entries.map(formatEntry).join(""), "x")).toEqual(entries);
    expect(() => parseLedger(`${formatEntry(made(1, "healthy", {}))}{"kind":"deploy"}\n`, "staging.jsonl")).toThrow(
      /^staging\.jsonl:2 is no entry of the ledger/,
    );
  });

  it("has the last word on a version: healthy, failed, withdrawn, healthy again", () => {
    const one = { a: digest("a") };
    const story = [made(1, "healthy", one), made(2, "failed", one), withdrawn(3, one), made(4, "healthy", one)];
    expect([1, 2, 3, 4].map((count) => verdict(story.slice(0, count), "a", digest("a")))).toEqual([
      ...["healthy", "failed", "withdrawn", "healthy"],
    ]);
    expect(verdict(story, "a", digest("b"))).toBeUndefined();
  });

  it("does not blame what ran before for a failed deployment of something else", () => {
    const story = [
      made(1, "healthy", { a: digest("a"), b: digest("1") }),
      made(2, "failed", { a: digest("a"), b: digest("2") }, { changed: ["b"] }),
    ];
    expect([verdict(story, "a", digest("a")), verdict(story, "b", digest("2"))]).toEqual(["healthy", "failed"]);
    expect(provenImages(story)).toEqual({ a: digest("a"), b: digest("1") });
  });

  it("refuses for the next environment what has no digest, never ran, failed or was withdrawn, and goes by digest", () => {
    const story = [
      made(1, "healthy", { a: digest("a"), d: digest("d") }),
      made(2, "failed", { c: digest("c") }),
      withdrawn(3, { d: digest("d") }),
    ];
    const wanted = { a: `v7@${digest("a")}`, b: digest("b"), c: digest("c"), d: digest("d"), e: "v1.0.0" };
    expect(
      unproven(wanted, { proving: story }, "staging", "Pulumi.prod.yaml: images").map(({ rule, place }) => [
        rule,
        place,
      ]),
    ).toEqual([
      ["delivery/unproven", "Pulumi.prod.yaml: images.b"],
      ["delivery/failed", "Pulumi.prod.yaml: images.c"],
      ["delivery/withdrawn", "Pulumi.prod.yaml: images.d"],
      ["delivery/no-digest", "Pulumi.prod.yaml: images.e"],
    ]);
  });

  it("lets an environment go back to what it has run in good health itself", () => {
    const own = [made(1, "healthy", { a: digest("a"), b: digest("b") }), withdrawn(2, { b: digest("b") })];
    const wanted = { a: digest("a"), b: digest("b") };
    const findings = unproven(wanted, { proving: [withdrawn(3, wanted)], own }, "staging", "Pulumi.prod.yaml: images");
    expect(findings.map(({ place }) => place)).toEqual(["Pulumi.prod.yaml: images.b"]);
  });

  it("knows the last good state: not the current one, not a failed one, not one that was withdrawn later", () => {
    const story = [
      made(1, "healthy", { a: digest("a") }),
      made(2, "healthy", { a: digest("b") }),
      withdrawn(3, { a: digest("b") }),
      made(4, "failed", { a: digest("c") }),
      made(5, "healthy", { a: digest("d") }),
    ];
    const differs = ({ images }: Deployment): boolean => images["a"] !== digest("d");
    expect(lastGood(story, ["a"], differs)?.images).toEqual({ a: digest("a") });
    expect(lastGood(story, ["a"], () => false)).toBeUndefined();
  });
});

describe("a rollback", () => {
  const file = "Pulumi.staging.yaml";
  const text = "config:\n  suoke-life:domain: x.life\n  suoke-life:images:\n    a: v2\n    b: v2\n";
  const older = "config:\n  suoke-life:domain: y.life\n  suoke-life:images:\n    a: v1\n    b: v1\n";

  it("of one service touches that image alone; of an environment all of its settings", () => {
    const good = made(1, "healthy", { a: "v1", b: "v1" });
    expect(restored({ file, project, text }, older, good, "a")).toBe(text.replace("a: v2", "a: v1"));
    expect(restored({ file, project, text }, older, good)).toBe(older);
  });

  it("of one service takes away the canary that came since, and brings back what there was", () => {
    const good = made(1, "healthy", { a: "v1", b: "v1" });
    const canary = "  suoke-life:rollouts:\n    a:\n      canary: { image: v3, weight: 0 }\n";
    const other = `${canary}    b:\n      canary: { image: v9, weight: 5 }\n`;
    const back = text.replace("a: v2", "a: v1");
    expect(restored({ file, project, text: text + canary }, older, good, "a")).toBe(back);
    expect(restored({ file, project, text: text + other }, older, good, "a")).toBe(
      back + other.replace(/ {4}a:\n.*\n/, ""),
    );
    expect(restored({ file, project, text }, older + canary, good, "a")).toBe(back + canary);
    expect(
      restored({ file, project, text: text + canary.replace("weight: 0", "weight: 50") }, older + canary, good, "a"),
    ).toBe(back + canary);
  });

  it.each([
    ["of one service", "a"],
    ["of an environment", undefined],
  ])("%s takes the requests of a second version away before the version itself", (_, service) => {
    const stack = (rollouts: string) => ({ file, project, text: `${text}  suoke-life:rollouts:\n${rollouts}` });
    const good = made(1, "healthy", { a: "v1", b: "v1" });
    const leads = (before: ReturnType<typeof stack>): string => restored(before, older, good, service);
    const images = service === undefined ? older : text.replace("a: v2", "a: v1");

    const canary = stack("    a:\n      canary: { image: v3, weight: 25, minReplicas: 3 }\n");
    const idle = `${images}  suoke-life:rollouts:\n    a:\n      canary: { image: v3, weight: 0, minReplicas: 3 }\n`;
    expect(leads(canary)).toBe(idle);
    expect(idled(canary, idle)).toEqual(["a"]);
    // The next rollback, once that is applied, or --abort.
    expect(leads({ file, project, text: idle })).toBe(images);

    const green = stack("    a:\n      blueGreen: { active: green, blue: v2, green: v2 }\n");
    expect(leads(green)).toContain("a:\n      blueGreen: { active: blue, blue: v1, green: v2 }\n");

    const promoting = stack("    a:\n      canary: { image: v1, weight: 25, minReplicas: 3 }\n");
    expect(leads(promoting)).toContain("canary: { image: v1, weight: 0, minReplicas: 3, stableMinReplicas: 3 }\n");
  });

  it("says what stays: second versions, migrations, code, rotated secrets", () => {
    const paths = ["catalogue/migrations/health/00007_x.sql", "stacks/prod.ts", "README.md"];
    expect(staying(paths, true).map((line) => line.split(" ").slice(0, 3).join(" "))).toEqual([
      "Migration catalogue/migrations/health/00007_x.sql stays",
      "1 file of",
      "Secrets that were",
    ]);
    expect(staying(["README.md"], false)).toEqual([]);
    expect(staying([], false, [{ environment: "prod", service: "a" }])).toEqual([
      "The second version of a stays, without requests; once this is applied, remove it: ./suoke rollout prod a --abort",
    ]);
  });
});

describe("the gates of a deployment", () => {
  const freezes = [{ from: "2027-02-04T16:00:00Z", to: "2027-02-14T16:00:00Z", reason: "Spring Festival" }];

  it("hold it up from the first moment of a freeze to the last, and no longer", () => {
    const at = (now: string): number => freezeFindings(freezes, "prod", now).length;
    expect(
      ["2027-02-04T15:59:59Z", "2027-02-04T16:00:00Z", "2027-02-14T15:59:59Z", "2027-02-14T16:00:00Z"].map(at),
    ).toEqual([0, 1, 1, 0]);
  });

  it("hold it up where the error budget is spent, the worst first", () => {
    const findings = budgetFindings({ a: 0.5, b: -0.2, c: 0.05 }, "prod", 0.1);
    expect(findings.map(({ place, problem }) => `${place} ${problem}`)).toEqual([
      "prod: b has -20 % of its error budget left, and a deployment needs 10 %.",
      "prod: c has 5 % of its error budget left, and a deployment needs 10 %.",
    ]);
  });
});

describe("the measures of delivery", () => {
  const story = [
    made(0, "healthy", { a: digest("a") }, { committed: { a: "2026-12-31T23:00:00.000Z" } }),
    made(60, "failed", { a: digest("b") }),
    withdrawn(61, { a: digest("b") }),
    made(90, "healthy", { a: digest("a") }),
    made(120, "healthy", { a: digest("c") }, { committed: { a: "2027-01-01T01:30:00.000Z" } }),
  ];

  it("count a failure and its withdrawal once, and time to restore from the failure to the next good state", () => {
    expect(dora(story, "staging", "2027-01-01T03:00:00.000Z", 1)).toEqual({
      environment: "staging",
      days: 1,
      deployments: 4,
      perDay: 4,
      leadTime: (3600 + 1800) / 2,
      failureRate: 0.25,
      timeToRestore: 1800,
    });
  });

  it("count the withdrawal of what had been healthy as a failure", () => {
    const late = [...story.slice(0, 1), withdrawn(5, { a: digest("a") }), made(10, "healthy", { a: digest("0") })];
    expect(dora(late, "staging", "2027-01-01T03:00:00.000Z", 1)).toMatchObject({
      failureRate: 0.5,
      timeToRestore: 300,
    });
  });

  it("say nothing of what there was none of, and leave out what is older than the window", () => {
    const empty = dora(story, "staging", "2027-03-01T00:00:00.000Z", 30);
    expect(empty).toMatchObject({
      deployments: 0,
      leadTime: undefined,
      failureRate: undefined,
      timeToRestore: undefined,
    });
    expect(metrics([empty], { staging: [] })).toBe(
      "# HELP suoke_delivery_deployments_per_day Deployments per day.\n# TYPE suoke_delivery_deployments_per_day gauge\n" +
        'suoke_delivery_deployments_per_day{environment="staging"} 0\n',
    );
  });

  it("name what runs, for suoke_deploy_info", () => {
    expect(metrics([], { staging: story })).toContain(
      `suoke_deploy_info{environment="staging",service="a",version="${digest("c")}",commit="${commit("0")}"} 1\n`,
    );
  });
});

describe("a commit of images", () => {
  it("carries when its sources were committed, and the latest commit of a service counts", () => {
    const message = (at: string): string =>
      imageMessage("Run a", [{ service: "a", from: "v1", to: digest("a"), committedAt: at }]);
    expect(committedTimes(`${message("2027-01-02T00:00:00.000Z")}\n${message("2027-01-01T00:00:00.000Z")}`)).toEqual({
      a: "2027-01-02T00:00:00.000Z",
    });
  });
});

describe("the images that an environment runs", () => {
  it("are those of services that are on and the tools; canaries and second versions stand beside them", () => {
    const prod = environmentOf("prod");
    const images = runningImages(prod);
    expect(Object.keys(images)).toContain("platform-tools");
    expect(Object.keys(images)).not.toContain("consultation-service");
    const rollouts = {
      "auth-service": { canary: { image: digest("c"), weight: 5, minReplicas: 1 } },
      "user-service": { blueGreen: { active: "blue" as const, blue: digest("1"), green: digest("2") } },
    };
    expect(secondImages({ ...prod, settings: { ...prod.settings, rollouts } })).toEqual([
      { service: "auth-service", version: digest("c") },
      { service: "user-service", version: digest("1") },
      { service: "user-service", version: digest("2") },
    ]);
  });
});
