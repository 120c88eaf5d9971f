import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { services } from "../../catalogue/services.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { secretsOf } from "../../kubernetes/secret-manifest.ts";
import { leavesOf } from "../../kubernetes/sinks.ts";
import { root } from "../../local/paths.ts";
import { platform } from "../../stacks/platform.ts";
import { committed } from "../support/environments.ts";

/** What the second column of the runbook's first two tables names, with what stands for any name in it. */
const patterns = readFileSync(join(root, "docs/runbooks/rotation.md"), "utf8")
  .split("\n## Outside")[0]
  ?.split("\n")
  .filter((line) => line.startsWith("|"))
  .flatMap((line) => [...(line.split("|")[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));

const parts = ["agent", "catalogue", "exporter", "kong", "metrics", "seed", "snapshots"];

/** What may stand for a name: a wider choice would let a line speak for what it does not mean. */
const placeholders: Readonly<Record<string, readonly string[]>> = {
  "<database>": Object.values(services).flatMap((service) =>
    "database" in service.needs ? [service.needs.database.name] : [],
  ),
  "<installation>": ["cache", "durable"],
  "<name>": ["[a-z-]+"],
  "<number>": [String.raw`\d+`],
  "<service>": [...Object.keys(services), ...parts],
  "<user>": ["jaeger", "logs", "metrics", "reader", "setup"],
};

function matches(pattern: string, name: string): boolean {
  const escaped = pattern
    .replaceAll(".", String.raw`\.`)
    .replaceAll(/<[^>]+>/g, (placeholder) => `(${placeholders[placeholder]?.join("|") ?? "unknown"})`);
  return new RegExp(`^${escaped}$`).test(name);
}

/** What of an environment can be rotated: ids that its builders ask for, settings, certificates, and keys that somebody else signs with. */
function rotated({ environment }: (typeof committed)[number]): string[] {
  const asked = new Set<string>();
  const rotations = new Proxy<Record<string, number>>(
    {},
    { get: (_, id) => (typeof id === "string" ? void asked.add(id) : undefined) },
  );
  const components = platform({ ...environment, settings: { ...environment.settings, rotations } });
  const settings = secretsOf(components)
    .flatMap(leavesOf)
    .flatMap((leaf) => (leaf.secret === "setting" ? [`secrets.${leaf.path}`] : []));
  const objects = objectsOf(components).filter(
    ({ kind, metadata }) =>
      kind === "Certificate" ||
      (kind === "Secret" && /^kong-issuer-/.test(metadata.name)) ||
      (kind === "Issuer" && metadata.name === "acme"),
  );
  return [...asked, ...settings, ...objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`)];
}

/** Secrets that are empty until a Job of ours fills them. */
const filledLater = ["Secret consul-tls", "Secret consul-ca"];

describe("the runbook of rotations", () => {
  const all = [...new Set(committed.flatMap(rotated))].sort();

  it("knows what there is to rotate", () => {
    expect(all).toEqual(
      expect.arrayContaining(["postgres-auth", "secrets.registry.password", "Certificate kong-public-tls"]),
    );
    expect(all.length).toBeGreaterThan(50);
  });

  it.each(all)("says how to rotate %s", (name) => {
    expect(patterns?.filter((pattern) => matches(pattern, name))).not.toEqual([]);
  });

  it("says nothing about what no environment has", () => {
    const dead = patterns?.filter((pattern) => ![...all, ...filledLater].some((name) => matches(pattern, name)));
    expect(dead).toEqual([]);
  });

  it("names the Secrets that are filled later as they are called", () => {
    const secrets = committed.flatMap(({ environment }) =>
      objectsOf(platform(environment)).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    );
    expect(filledLater.filter((name) => !secrets.includes(name))).toEqual([]);
  });
});
