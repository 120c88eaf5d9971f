import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { importFile, recoverSecrets } from "../../delivery/recovery.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { isSecret } from "../../kubernetes/secrets.ts";
import { root } from "../../local/paths.ts";
import { project, readStackFile } from "../../stacks/load.ts";
import { built, committed } from "../support/environments.ts";
import type { Recording } from "../support/mocks.ts";
import { runUnderMocks, secretSettings, unmarked } from "../support/mocks.ts";
import { canaryValue } from "../support/secrets.ts";

vi.mock(import("../../cli/preflight.ts"), async (original) => ({ ...(await original()), preflight: vi.fn() }));

const environment = committed.find(({ name }) => name === "prod")?.environment;
if (environment === undefined) throw new Error("There is no prod.");
const components = built(environment);

/** The program of prod with what `recover` puts into its settings. */
function run(recovered: Readonly<Record<string, string>>): Promise<Recording> {
  const { config } = readStackFile(join(root, "Pulumi.prod.yaml"));
  const secrets = { ...secretSettings(components), recovered };
  return runUnderMocks(
    { project, stack: "prod", config: { ...config, [`${project}:secrets`]: secrets } },
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

/** The program of a stack that has never been lost; registering prod takes a second. */
let unlost: Promise<Recording> | undefined;
function runAnew(): Promise<Recording> {
  return (unlost ??= run({}));
}

describe("the program of a stack whose state was lost", { timeout: 120_000 }, () => {
  it("takes the secrets that were read back, and makes none anew", async () => {
    const recovered = readBack();
    const [before, after] = [await runAnew(), await run(recovered)];
    expect([...generated(before)].sort()).toEqual(Object.keys(recovered).sort());
    expect(generated(after)).toEqual([]);
    expect(secretsIn(after)).toEqual(secretsIn(before));
  });

  it("makes a new value again at the next rotation", async () => {
    const recovered = readBack();
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
    const imported = importFile(components, { project, stack: "prod" }, () => true)
      .resources.filter(({ id }) => id !== undefined)
      .map(({ type, name, parent = "" }) => [type, name, parent].join(" "));
    expect([...imported].sort()).toEqual([...registered].sort());
    const provider = resources.find(({ type }) => type === "pulumi:providers:kubernetes")?.name;
    expect(provider).toBe("kubernetes");
  });
});
