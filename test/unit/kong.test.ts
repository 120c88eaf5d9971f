import { describe, expect, it } from "vitest";
import { loadCluster } from "../../cli/generated.ts";
import { pluginConfigs } from "../../components/kong/plugin-configs.ts";
import { drainTimeoutSeconds, drainWaitSeconds, proxyGraceSeconds } from "../../components/kong/timeouts.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { canonical } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";
import { environmentFindings } from "../../policies/environment.ts";
import { edgeRoutes } from "../../stacks/edge.ts";
import { runningServices } from "../../stacks/platform.ts";
import { built, committed, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");
const objects = objectsOf(built(prod));
const one = <Kind extends (typeof objects)[number]["kind"]>(kind: Kind, name: string): ObjectOf<Kind> => {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return found as ObjectOf<Kind>;
};

describe("a proxy that is told to stop", () => {
  const targets = edgeRoutes([...runningServices(prod).values()]).map(({ target }) => target);
  const pod = one("Deployment", "kong").spec?.template.spec;

  it("has longer than its load balancer takes and the longest answer needs", () => {
    const longest = Math.max(...targets.map(({ longestRequestSeconds }) => longestRequestSeconds));
    expect(drainTimeoutSeconds(targets)).toBeGreaterThan(longest);
    expect(pod?.terminationGracePeriodSeconds).toBe(proxyGraceSeconds(targets));
    expect(proxyGraceSeconds(targets)).toBeGreaterThanOrEqual(drainWaitSeconds + drainTimeoutSeconds(targets) + 5);
  });

  it("waits and drains by Kong's own command", () => {
    expect(pod?.containers[0]?.lifecycle?.preStop?.exec?.command).toEqual([
      "kong",
      "quit",
      "--wait=15",
      `--timeout=${drainTimeoutSeconds(targets)}`,
    ]);
  });

  it("takes requests only once it has a configuration", () => {
    expect(pod?.containers[0]?.readinessProbe?.httpGet).toEqual({ path: "/status/ready", port: "status" });
  });
});

describe("Kong's Admin API", () => {
  it("is reached by the controller alone, with a certificate", () => {
    const policy = one("NetworkPolicy", "kong");
    const rule = policy.spec?.ingress?.find(({ ports }) => ports?.some(({ port }) => port === "admin-tls"));
    expect(rule?.from).toEqual([{ podSelector: { matchLabels: { app: "kong-controller" } } }]);
    const env = one("Deployment", "kong").spec?.template.spec?.containers[0]?.env ?? [];
    const value = (name: string) => env.find((variable) => variable.name === name)?.value;
    expect(value("KONG_NGINX_ADMIN_SSL_VERIFY_CLIENT")).toBe("on");
    expect(value("KONG_ADMIN_LISTEN")).toBe("0.0.0.0:8444 http2 ssl");
  });

  it("is no port of the public Service", () => {
    const ports = one("Service", "kong").spec?.ports ?? [];
    expect(ports.map(({ port, targetPort }) => [port, targetPort])).toEqual([
      [80, "proxy"],
      [443, "proxy-tls"],
    ]);
  });
});

describe("every plugin", () => {
  it.each(committed)("of $name is loaded by its proxies", ({ environment }) => {
    const all = objectsOf(built(environment));
    const proxy = all.find((object) => object.kind === "Deployment" && object.metadata.name === "kong");
    const env = (proxy as ObjectOf<"Deployment">).spec?.template.spec?.containers[0]?.env ?? [];
    const loaded = (env.find(({ name }) => name === "KONG_PLUGINS")?.value ?? "").split(",");
    for (const object of all) if (object.kind === "KongPlugin") expect(loaded).toContain(object.plugin);
  });

  it("with a misspelt field is refused", () => {
    expect(() =>
      pluginConfigs["rate-limiting"].parse({ ...one("KongPlugin", "kong-limit-user").config, minut: 1 }),
    ).toThrow("minut");
  });
});

describe("the circuit breaker", () => {
  const policies = objects.flatMap((object) => (object.kind === "KongUpstreamPolicy" ? [object] : []));
  const http = policies.filter(({ metadata }) => metadata.name.endsWith("-http"));

  it("opens by failures of a pod, of which a limit that works (429) is none", () => {
    expect(http.length).toBeGreaterThan(1);
    for (const { metadata, spec } of http) {
      const { passive } = spec.healthchecks;
      expect(passive.unhealthy, metadata.name).toEqual({
        httpFailures: 5,
        tcpFailures: 2,
        timeouts: 3,
        httpStatuses: [500, 502, 503, 504],
      });
    }
  });

  it("closes by asking pods that are out, and no others, whether they are ready", () => {
    for (const { metadata, spec } of http) {
      const service = prod.catalogue[metadata.name.replace(/-http$/, "") as keyof typeof prod.catalogue];
      // The gateway is ready on a port of its own; on the one of its requests it has /health for everybody.
      const ready = service.probes.kind === "http" && service.probes.port === "http" ? service.probes.ready : "/health";
      const { active } = spec.healthchecks;
      expect(active, metadata.name).toMatchObject({
        type: "http",
        httpPath: ready,
        healthy: { interval: 0, successes: 2, httpStatuses: [200, 204] },
        unhealthy: { interval: 5 },
      });
    }
  });

  it("is before every Service that a route leads to", () => {
    const backends = objects.flatMap((object) =>
      object.kind === "HTTPRoute" ? (object.spec.rules ?? []).flatMap(({ backendRefs = [] }) => backendRefs) : [],
    );
    for (const { name } of backends) {
      const policy = one("Service", name).metadata.annotations?.["konghq.com/upstream-policy"];
      expect(policies.map(({ metadata }) => metadata.name)).toContain(policy);
    }
  });
});

describe("a client", () => {
  it.each(committed)(
    "of $name that comes unencrypted is sent on: routes are on the encrypted listener alone",
    ({ environment }) => {
      const all = objectsOf(built(environment));
      const routes = all.flatMap((object) =>
        object.kind === "HTTPRoute" || object.kind === "GRPCRoute" ? [object] : [],
      );
      expect(routes.length).toBeGreaterThan(1);
      for (const { metadata, spec } of routes) {
        expect(spec.parentRefs?.map(({ sectionName }) => sectionName)).toEqual(["https"]);
        expect(metadata.annotations?.["konghq.com/https-redirect-status-code"]).toBe("308");
      }
      // The authority's question comes to the other listener, and is answered there.
      const [issuer] = all.flatMap((object) => (object.kind === "Issuer" && object.spec.acme ? [object] : []));
      const refs = issuer?.spec.acme?.solvers?.flatMap(({ http01 }) => http01?.gatewayHTTPRoute?.parentRefs ?? []);
      expect(refs).toMatchObject([{ name: "kong", sectionName: "http" }]);
    },
  );

  it("is told to stay encrypted", () => {
    const { add, replace } = one("KongPlugin", "kong-response-headers").config as Record<
      string,
      { headers?: string[] }
    >;
    const headers = [...(add?.headers ?? []), ...(replace?.headers ?? [])];
    expect(headers.some((header) => /^Strict-Transport-Security:max-age=\d{8}/.test(header))).toBe(true);
  });

  it("is known by its own address, and nobody else's word on it is taken but the load balancer's", () => {
    const env = (clients: object): Record<string, string | undefined> => {
      const { edge } = prod.data.systems;
      if (edge.kind !== "managed") throw new Error("prod has an entry.");
      const loadBalancer = { ...edge.loadBalancer, clients };
      const systems = { ...prod.data.systems, edge: { ...edge, loadBalancer } } as typeof prod.data.systems;
      const proxy = objectsOf(built({ ...prod, data: { ...prod.data, systems } })).find(
        (object) => object.kind === "Deployment" && object.metadata.name === "kong",
      ) as ObjectOf<"Deployment">;
      const variables = proxy.spec?.template.spec?.containers[0]?.env ?? [];
      return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
    };
    expect(one("Service", "kong").spec?.externalTrafficPolicy).toBe("Local");
    expect(env({ kind: "preserved" })).not.toHaveProperty("KONG_TRUSTED_IPS");
    expect(env({ kind: "header", cidrs: ["10.0.0.0/28"] })).toMatchObject({
      KONG_TRUSTED_IPS: "10.0.0.0/28",
      KONG_REAL_IP_HEADER: "X-Forwarded-For",
      KONG_REAL_IP_RECURSIVE: "on",
    });
    const proxied = env({ kind: "proxyProtocol", cidrs: ["10.0.0.0/28"] });
    expect(proxied).toMatchObject({ KONG_TRUSTED_IPS: "10.0.0.0/28", KONG_REAL_IP_HEADER: "proxy_protocol" });
    expect(proxied["KONG_PROXY_LISTEN"]).toContain("proxy_protocol");
  });
});

describe("limits", () => {
  it("count users in one place for all proxies, and addresses where nobody has logged in", () => {
    const limit = { minute: 100, hour: 1000, policy: "redis" };
    expect(one("KongPlugin", "kong-limit-user").config).toMatchObject({ ...limit, limit_by: "header" });
    expect(one("KongPlugin", "kong-limit-address").config).toMatchObject({ ...limit, limit_by: "ip" });
  });

  it("cannot be escaped with a token that the limit does not see", () => {
    expect(one("KongPlugin", "kong-jwt").config).toMatchObject({
      uri_param_names: [],
      cookie_names: [],
      header_names: ["authorization"],
      claims_to_verify: ["exp"],
    });
  });

  it("count in Redis as a user of their own, which may run scripts over its own keys and no others", () => {
    const acl = JSON.stringify(canonical(one("Secret", "redis-cache-server").stringData));
    expect(acl).toMatch(/user kong_a on .*\+eval .*~ratelimit:\*/);
  });

  it("have every route behind a token count by user, and every open one by address", () => {
    const rules = objects.flatMap((object) => (object.kind === "HTTPRoute" ? (object.spec.rules ?? []) : []));
    expect(rules.length).toBeGreaterThan(5);
    for (const { filters = [] } of rules) {
      const plugins = filters.flatMap(({ extensionRef }) => extensionRef?.name ?? []);
      const behindToken = plugins.includes("kong-jwt");
      expect(plugins).toContain(behindToken ? "kong-limit-user" : "kong-limit-address");
      expect(plugins).toContain(behindToken ? "kong-user" : "kong-no-user");
    }
  });
});

describe("what cluster/ gives an environment's controller", () => {
  const shared = objectsOf(loadCluster("prod", root));

  it("are a class and a name of its own", () => {
    const names = objectsOf(loadCluster("local", root)).flatMap((object) =>
      object.kind === "GatewayClass" ? [object.spec.controllerName] : [],
    );
    expect(names.sort()).toEqual(["suoke.life/kong-dev", "suoke.life/kong-prod", "suoke.life/kong-staging"]);
  });

  it("are Secrets of its own namespace and no rights to write them", () => {
    const clusterWide = shared.find((object) => object.kind === "ClusterRole" && object.metadata.name === "kong-prod");
    expect(JSON.stringify(clusterWide)).not.toContain("secrets");
    const role = shared.find((object) => object.kind === "Role" && object.metadata.name === "kong-controller");
    const rules = (role as ObjectOf<"Role">).rules ?? [];
    const secrets = rules.filter(({ resources }) => resources?.includes("secrets"));
    expect(secrets.map(({ verbs }) => verbs)).toEqual([["get", "list", "watch"]]);
    for (const { verbs } of rules) expect(verbs).not.toContain("*");
  });

  it("is a webhook for its namespace alone, which refuses what it cannot check", () => {
    const [hook] = shared.filter((object) => object.kind === "ValidatingWebhookConfiguration");
    for (const { namespaceSelector, failurePolicy } of hook?.webhooks ?? []) {
      expect(namespaceSelector).toEqual({ matchLabels: { "kubernetes.io/metadata.name": "suoke-life-prod" } });
      expect(failurePolicy).toBe("Fail");
    }
    expect(hook?.webhooks).toHaveLength(2);
  });
});

describe("an entry is refused", () => {
  const problems = (edge: object, cache: object = prod.data.systems.cache): string[] => {
    const systems = {
      ...prod.data.systems,
      edge: { ...prod.data.systems.edge, ...edge },
      cache,
    } as typeof prod.data.systems;
    return environmentFindings({ ...prod, data: { ...prod.data, systems } }).map(
      ({ rule, place, problem, fix }) => `${rule} ${place}: ${problem} ${fix}`,
    );
  };

  it("with fewer proxies than zones", () => {
    expect(problems({ proxies: { kind: "fixed", replicas: 2 } })).toEqual([
      "edge/zones stacks/prod.ts: systems.edge.proxies: has 2 proxies at least for 3 zones. Give it 3 or more.",
    ]);
  });
  it("with an hour that allows less than its minutes", () => {
    expect(problems({ limits: { minute: 100, hour: 50 } })).toEqual([
      "edge/limits stacks/prod.ts: systems.edge.limits: allows 100 requests per minute and 50 per hour. Give the hour more.",
    ]);
  });
  it("without a place to count", () => {
    expect(problems({}, { kind: "off" })).toContain(
      "edge/no-counter stacks/prod.ts: systems.edge: counts requests in the cache, which is off. Turn systems.cache on, or the edge off.",
    );
  });
});
