import { join } from "node:path";
import type { ProviderResource } from "@pulumi/pulumi";
import { describe, expect, it, vi } from "vitest";
import { pulumiSecrets } from "../../components/pulumi-secrets.ts";
import { importFile, recoverSecrets } from "../../delivery/recovery.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { generated as generatedSecret, isSecret } from "../../kubernetes/secrets.ts";
import { root } from "../../local/paths.ts";
import { project, readStackFile } from "../../stacks/load.ts";
import { built, environmentOf } from "../support/environments.ts";
import type { Recording } from "../support/mocks.ts";
import { runUnderMocks, secretSettings, unmarked } from "../support/mocks.ts";
import { canaryValue } from "../support/secrets.ts";

vi.mock(import("../../cli/preflight.ts"), async (original) => ({ ...(await original()), preflight: vi.fn() }));

// The smallest environment: it is registered three times here, and has every generator that the others have.
const components = built(environmentOf("dev"));

/** The program of dev with what `recover` puts into its settings. */
function run(recovered: Readonly<Record<string, string>>): Promise<Recording> {
  const { config } = readStackFile(join(root, "Pulumi.dev.yaml"));
  const secrets = { ...secretSettings(components), recovered };
  return runUnderMocks(
    { project, stack: "dev", config: { ...config, [`${project}:secrets`]: secrets } },
    "../../index.ts",
  );
}

/** Generated secrets as `recover` reads them back from a cluster: id → setting. */
function readBack(): Readonly<Record<string, string>> {
  const live = new Map(
    objectsOf(components).flatMap((object) =>
      object.kind === "Secret"
        ? Object.entries(object.stringData).map(
            ([key, value]) => [`${object.metadata.name} ${key}`, isSecret(value) ? canaryValue(value) : value] as const,
          )
        : [],
    ),
  );
  const { recovered } = recoverSecrets(components, (secret, key) => live.get(`${secret} ${key}`));
  return Object.fromEntries(
    recovered.flatMap(({ path, value }) => {
      const id = /^secrets\.recovered\["(.*)"\]$/.exec(path)?.[1];
      return id === undefined ? [] : [[id, value] as const];
    }),
  );
}

const generated = ({ resources }: Recording): string[] =>
  resources.flatMap(({ type, name }) => (/^random:index\/random(Password|Bytes|Uuid):/.test(type) ? [name] : []));
const secretsIn = ({ resources }: Recording): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    resources
      .filter(({ type }) => type === "kubernetes:core/v1:Secret")
      .map(({ name, inputs }) => [name, unmarked(inputs)]),
  );

/** The program of a stack that has never been lost, and what `recover` reads from its cluster: both of them once. */
let unlost: Promise<Recording> | undefined;
const runAnew = (): Promise<Recording> => (unlost ??= run({}));
const recovered = readBack();

describe("the program of a stack whose state was lost", { timeout: 120_000 }, () => {
  it("takes the secrets that were read back, and makes none anew", async () => {
    const [before, after] = [await runAnew(), await run(recovered)];
    expect([...generated(before)].sort()).toEqual(Object.keys(recovered).sort());
    expect(generated(after)).toEqual([]);
    expect(secretsIn(after)).toEqual(secretsIn(before));
  });

  it("makes a new value again at the next rotation", async () => {
    const [id = "", text = "{}"] = Object.entries(recovered)[0] ?? [];
    const { value } = JSON.parse(text) as { value: string };
    const older = { ...recovered, [id]: JSON.stringify({ rotation: -1, value }) };
    expect(generated(await run(older))).toEqual([id]);
  });

  it("registers every object as the file of imports names it", async () => {
    const { resources } = await runAnew();
    const registered = resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ type, name, parent }) => [type, name, parent.split("::").at(-1)].join(" "));
    const imported = importFile(components, { project, stack: "dev" }, () => true)
      .resources.filter(({ id }) => id !== undefined)
      .map(({ type, name, parent = "" }) => [type, name, parent].join(" "));
    expect([...imported].sort()).toEqual([...registered].sort());
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes")?.name;
    expect(provider).toBe("kubernetes");
  });
});

it.each(["hunter2", '{"rotation":0}', "null"])("a secret that was not read back is refused, untold: %s", (text) => {
  // Nothing is registered: what cannot be read is refused before.
  const nobody: unknown = undefined;
  const sink = pulumiSecrets({ recovered: { db: text } }, nobody as ProviderResource);
  const refused = (): unknown => sink.leaf(generatedSecret("db", { length: 8 }));
  expect(refused).toThrow('secrets.recovered["db"] is not what was read back.');
  expect(refused).not.toThrow(text);
});
