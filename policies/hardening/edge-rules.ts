import type { KubernetesObject, ObjectOf } from "../../kubernetes/manifest.ts";
import type { Rule, View, Violation } from "./rule.ts";

type Route = ObjectOf<"GRPCRoute"> | ObjectOf<"HTTPRoute">;
type Listener = ObjectOf<"Gateway">["spec"]["listeners"][number];

const isRoute = (object: KubernetesObject): object is Route =>
  object.kind === "HTTPRoute" || object.kind === "GRPCRoute";
const gatewaysOf = ({ objects }: View): ObjectOf<"Gateway">[] => objects.filter((object) => object.kind === "Gateway");
const encrypted = ({ protocol, tls }: Listener): boolean =>
  ["HTTPS", "TLS"].includes(protocol) && (tls?.certificateRefs ?? []).length > 0;

/** Listeners of a Gateway that have no certificate, and none for the same host beside them. */
function bareHosts({ spec: { listeners } }: ObjectOf<"Gateway">): string[] {
  const safe = new Set(listeners.filter(encrypted).map(({ hostname }) => hostname));
  return listeners
    .filter((listener) => !encrypted(listener))
    .filter(({ protocol, hostname }) => protocol !== "HTTP" || !safe.has(hostname))
    .map(({ name }) => name);
}

/** Listeners without a certificate to which a route belongs. */
function bareListeners({ spec }: Route, gateways: readonly ObjectOf<"Gateway">[]): string[] {
  return (spec.parentRefs ?? []).flatMap(({ name, sectionName }) =>
    gateways
      .filter(({ metadata }) => metadata.name === name)
      .flatMap(({ spec: { listeners } }) => listeners)
      .filter((listener) => (sectionName ?? listener.name) === listener.name && !encrypted(listener))
      .map((listener) => listener.name),
  );
}

/** Routes that do nothing but send clients to the encrypted listener. */
function onlyRedirects(route: Route): boolean {
  const rules = route.kind === "HTTPRoute" ? (route.spec.rules ?? []) : [];
  return (
    rules.length > 0 &&
    rules.every(({ filters = [], backendRefs = [] }) => {
      const redirects = filters.some(({ requestRedirect }) => requestRedirect?.scheme === "https");
      return redirects && backendRefs.length === 0;
    })
  );
}

type Match = NonNullable<NonNullable<ObjectOf<"HTTPRoute">["spec"]["rules"]>[number]["matches"]>[number];

/** Whether requests for a path fit. A match that says nothing fits them all. */
function fits({ path: { type = "PathPrefix", value = "/" } = {} }: Match, path: string): boolean {
  switch (type) {
    case "Exact":
      return value === path;
    case "RegularExpression":
      return new RegExp(`^(?:${value})`).test(path);
    default:
      return value === "/" || path === value || path.startsWith(`${value.replace(/\/$/, "")}/`);
  }
}

/** Paths at which pods of the render are scraped. */
function metricPaths({ pods }: View): string[] {
  const named = pods.flatMap(({ annotations }) => annotations["prometheus.io/path"] ?? []);
  return [...new Set(["/metrics", ...named])];
}

export const edgeRules: readonly Rule[] = [
  {
    id: "edge/tls",
    covers: { standard: "NSA: encryption in transit" },
    reason: "What a client sends unencrypted, tokens among it, is read by everybody on its way.",
    fix: "Give the host a listener with a certificate, and let routes name it in sectionName.",
    check: (view) => {
      const gateways = gatewaysOf(view);
      return [
        ...gateways.flatMap((object): Violation[] => {
          const bare = bareHosts(object);
          return bare.length === 0
            ? []
            : [{ object, problem: `has no certificate for the listener ${bare.join(", ")}.` }];
        }),
        ...view.objects.filter(isRoute).flatMap((object): Violation[] => {
          const bare = onlyRedirects(object) ? [] : bareListeners(object, gateways);
          return bare.length === 0
            ? []
            : [{ object, problem: `answers on the unencrypted listener ${bare.join(", ")}.` }];
        }),
      ];
    },
  },
  {
    id: "edge/metrics",
    covers: { standard: "NSA: network separation" },
    reason:
      "Metrics tell how busy which service is, which versions run and what they are called: a map for an attacker.",
    fix: "Route the paths that clients need, not the whole service.",
    check: (view) => {
      const paths = metricPaths(view);
      return view.objects
        .filter((object) => object.kind === "HTTPRoute")
        .flatMap((object): Violation[] => {
          const matches = (object.spec.rules ?? []).flatMap(({ matches: each }) => each ?? [{}]);
          const open = paths.filter((path) => matches.some((match) => fits(match, path)));
          return open.length === 0 ? [] : [{ object, problem: `leads to ${open.join(", ")}.` }];
        });
    },
  },
];
