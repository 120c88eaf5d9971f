import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectl, kubectlOutput } from "../../cli/kubectl.ts";
import type { Component, KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { canonical, toYaml } from "../../kubernetes/render.ts";
import { replicaRange } from "../../components/microservice/args.ts";
import { gatewayApiVersion } from "../../components/gateway-api/gateway-api.ts";
import type { EnvironmentName } from "../../stacks/environment.ts";
import { platform } from "../../stacks/platform.ts";
import { built, committed, environmentOf } from "../support/environments.ts";
import { canaryValue } from "../support/secrets.ts";
import { admin, deployer, getJson } from "../support/server.ts";

// The definitions of the Gateway API and of cert-manager are the published ones, with their rules between fields.

const kinds = ["Certificate", "Gateway", "GRPCRoute", "HTTPRoute", "Issuer"];

const ofTheEdge = (components: readonly Component[]): KubernetesObject[] =>
  objectsOf(components).filter(({ kind, apiVersion }) => kinds.includes(kind) || apiVersion.includes("konghq.com"));

/** What the server says to objects that it is asked about, as the deployer applies them. It keeps none. */
async function said(name: EnvironmentName, objects: readonly object[]): Promise<string> {
  const all = objects as readonly KubernetesObject[];
  const yaml = all.map((object) => `---\n${toYaml(canonical(object, canaryValue))}`).join("");
  const options = ["--server-side", "--force-conflicts", "--field-manager=suoke", "--validate=strict"];
  const { code, stderr } = await kubectl(deployer(name), ["apply", ...options, "--dry-run=server", "-f", "-"], yaml);
  return code === 0 ? "" : stderr;
}

describe("the public entry's objects on a real API server", () => {
  it("meet the definitions that their projects publish", async () => {
    const { items } = await getJson<{
      items: { metadata: { name: string; annotations?: Record<string, string> }; spec: { group: string } }[];
    }>(admin, "crd");
    const of = (group: string) => items.filter(({ spec }) => spec.group === group).map(({ metadata }) => metadata);
    const gateway = of("gateway.networking.k8s.io");
    expect(gateway).toHaveLength(4);
    for (const { annotations } of gateway) {
      expect(annotations?.["gateway.networking.k8s.io/bundle-version"]).toBe(gatewayApiVersion);
    }
    for (const group of [
      "cert-manager.io",
      "elasticsearch.k8s.elastic.co",
      "postgresql.cnpg.io",
      "barmancloud.cnpg.io",
    ]) {
      const generators = of(group).map(({ annotations }) => annotations?.["controller-gen.kubebuilder.io/version"]);
      expect(generators, group).not.toEqual([]);
      expect(generators, group).not.toContain(undefined);
    }
  });

  it.each(committed)("are taken in $name, with every field", async ({ name, environment }) => {
    // No service is public by gRPC as yet.
    const auth = environment.catalogue["auth-service"];
    const grpcRoutes = [{ service: "auth.v1.AuthService", method: "Verify", auth: "jwt" as const, maxBodyMiB: 1 }];
    const catalogue = { ...environment.catalogue, "auth-service": { ...auth, grpcRoutes } };
    const objects = ofTheEdge(platform({ ...environment, catalogue }));
    expect([...new Set(objects.map(({ kind }) => kind))]).toEqual(expect.arrayContaining(kinds));
    const answer = await said(name, objects);
    expect(answer).toBe("");
  });

  it.each(committed)(
    "are taken in $name while two versions of every public service share its requests",
    async (each) => {
      const { name, environment } = each;
      const rollouts = Object.fromEntries(
        (["auth-service", "suoke-life-gateway"] as const).map((service) => {
          const declared = environment.data.services[service];
          if (declared.kind !== "on") throw new Error(`${service} is off.`);
          const minReplicas = replicaRange(declared.scaling).min;
          return [service, { canary: { image: "v9.9.9", weight: 25, minReplicas } }];
        }),
      );
      const objects = ofTheEdge(platform({ ...environment, settings: { ...environment.settings, rollouts } }));
      const shared = objects.filter(
        ({ kind, ...rest }) => kind === "HTTPRoute" && JSON.stringify(rest).includes("-canary"),
      );
      expect(shared.length).toBeGreaterThan(0);
      const answer = await said(name, objects);
      expect(answer).toBe("");
    },
  );

  it("are taken while the gateway that was there before still has a share", async () => {
    const prod = environmentOf("prod");
    const oldGateway = { host: "gateway.example.org", port: 8080, cidrs: ["10.9.0.0/28"], weight: 50, routes: {} };
    const components = platform({ ...prod, settings: { ...prod.settings, oldGateway } });
    const services = objectsOf(components).filter(({ metadata }) => metadata.name.startsWith("old-gateway-"));
    expect(services.length).toBeGreaterThan(1);
    expect(await said("prod", [...ofTheEdge(components), ...services])).toBe("");
  });

  const objects = ofTheEdge(built(environmentOf("prod")));
  const first = <Kind extends "Certificate" | "Gateway" | "HTTPRoute" | "Issuer">(kind: Kind): ObjectOf<Kind> => {
    const found = objects.find((object) => object.kind === kind);
    if (found === undefined) throw new Error(`There is no ${kind}.`);
    return found as ObjectOf<Kind>;
  };
  const route = first("HTTPRoute");
  const changedRule = (change: object): object => ({
    ...route,
    spec: { ...route.spec, rules: [{ ...route.spec.rules?.[0], ...change }] },
  });
  const listener = first("Gateway").spec.listeners[0];
  const prefix = { type: "ReplacePrefixMatch", replacePrefixMatch: "/" };

  // Each is right by its types: only the published rules tell.
  it.each([
    [
      "a prefix that is replaced where none is matched",
      changedRule({
        matches: [{ path: { type: "Exact", value: "/a" } }],
        filters: [{ type: "URLRewrite", urlRewrite: { path: prefix } }],
      }),
      "replacePrefixMatch",
    ],
    ["a weight below nothing", changedRule({ backendRefs: [{ name: "a", port: 80, weight: -1 }] }), "weight"],
    ["a Service without its port", changedRule({ backendRefs: [{ name: "a" }] }), "Must have port"],
    ["a path that is none", changedRule({ matches: [{ path: { type: "Exact", value: "a//b" } }] }), "value"],
    [
      "a listener twice",
      { ...first("Gateway"), spec: { ...first("Gateway").spec, listeners: [listener, listener] } },
      "listeners",
    ],
    [
      "a certificate without an issuer",
      { ...first("Certificate"), spec: { ...first("Certificate").spec, issuerRef: undefined } },
      "issuerRef",
    ],
    [
      "a field that an issuer does not have",
      { ...first("Issuer"), spec: { ...first("Issuer").spec, selfsigned: {} } },
      "selfsigned",
    ],
  ])("are refused with %s", async (_, object, word) => {
    expect(await said("prod", [object])).toContain(word);
  });
});

describe("a Gateway on the embedded cluster", () => {
  const namespace = "simulated-gateway";
  const found = objectsOf(built(environmentOf("prod"))).find((object) => object.kind === "Gateway");
  if (found === undefined) throw new Error("There is no Gateway.");
  const gateway = { ...found, metadata: { name: found.metadata.name, namespace } };
  const apply = (object: object): Promise<string> => kubectlOutput(admin, ["apply", "-f", "-"], toYaml(object));
  const own = (...args: string[]): Promise<string> => kubectlOutput(admin, [...args, "--namespace", namespace]);

  interface Status {
    readonly addresses?: readonly { readonly type: string; readonly value: string }[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  }
  const programmed = async () => {
    const { status } = await getJson<{ status: Status }>(admin, "gateway", "kong", "--namespace", namespace);
    const condition = status.conditions?.find(({ type }) => type === "Programmed");
    return { addresses: status.addresses, is: condition?.status, message: condition?.message };
  };

  beforeAll(() => apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }));
  afterAll(() => kubectlOutput(admin, ["delete", "namespace", namespace, "--wait=false"]));

  it("is programmed, with the entry's address, once its class, its certificate and the entry are there, and not before", async () => {
    await apply({ ...gateway, spec: { ...gateway.spec, gatewayClassName: "kong-nobody" } });
    const missing = [
      'gatewayclasses.gateway.networking.k8s.io "kong-nobody" does not exist',
      'Secret "kong-public-tls" does not exist',
      'Service "kong" has no status.loadBalancer.ingress.*.ip',
    ];
    const waiting = (names: readonly string[]) => ({ addresses: undefined, is: "False", message: names.join("; ") });
    await expect.poll(programmed, { timeout: 30_000 }).toEqual(waiting(missing));

    await apply(gateway);
    await expect.poll(programmed, { timeout: 30_000 }).toEqual(waiting(missing.slice(1)));
    await own("create", "secret", "generic", "kong-public-tls");
    await expect.poll(programmed, { timeout: 30_000 }).toEqual(waiting(missing.slice(2)));
    await own("create", "service", "loadbalancer", "kong", "--tcp=443:8443");
    const address = /^198\.51\.100\.\d+$/;
    await expect.poll(programmed, { timeout: 30_000 }).toEqual({
      addresses: [{ type: "IPAddress", value: expect.stringMatching(address) as string }],
      is: "True",
      message: "",
    });
    const columns = (await own("get", "gateway", "kong", "--no-headers")).trim().split(/\s+/);
    expect(columns.slice(0, 4)).toEqual(["kong", "kong-prod", expect.stringMatching(address), "True"]);

    await own("delete", "secret", "kong-public-tls");
    await expect.poll(programmed, { timeout: 30_000 }).toEqual(waiting([missing[1] ?? ""]));
  }, 180_000);

  it("belongs to a class that is accepted", async () => {
    const accepted = () => kubectlOutput(admin, ["get", "gatewayclass", "kong-prod", "--no-headers"]);
    await expect.poll(accepted, { timeout: 30_000 }).toMatch(/^kong-prod\s+suoke\.life\/kong-prod\s+True\s/);
  });
});
