import type { PortName, Service } from "../../catalogue/service.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { MicroserviceArgs, Track } from "./args.ts";
import { trackName, trackSelector } from "./args.ts";

type ServicesArgs = Pick<MicroserviceArgs, "service" | "registration" | "edge" | "rollout">;

/** The Service that callers use, and for gRPC a headless one beside it; the same for a canary, which Kong alone calls. */
export function services(args: ServicesArgs, meta: (name: string) => Metadata): ObjectOf<"Service">[] {
  const { service, registration, edge, rollout } = args;
  const serving = pairOf(service, service.name, rollout?.serves ?? "stable", { ...edge, registration }, meta);
  if (rollout?.second.name !== "canary") return serving;
  return [...serving, ...pairOf(service, trackName(service.name, "canary"), "canary", edge, meta)];
}

interface Said {
  readonly http: Readonly<Record<string, string>>;
  readonly grpc: Readonly<Record<string, string>>;
  readonly registration?: Readonly<Record<string, string>> | undefined;
}

function pairOf(
  service: Service<string>,
  name: string,
  track: Track,
  { http, grpc, registration }: Said,
  meta: (name: string) => Metadata,
): ObjectOf<"Service">[] {
  const ports = Object.entries(service.ports) as [PortName, number][];
  const selector = trackSelector(service.name, track);
  const objects = [clusterIp(selector, ports, annotated(meta(name), { ...registration, ...http }))];
  if (service.ports.grpc !== undefined)
    objects.push(headless(selector, service.ports.grpc, annotated(meta(grpcHost(name)), grpc)));
  return objects;
}

function annotated(metadata: Metadata, annotations: Readonly<Record<string, string>>): Metadata {
  return Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations };
}

/**
 * The host for gRPC clients. A gRPC client keeps one connection, which a ClusterIP pins to one pod for ever; behind the
 * headless name it sees every pod and balances itself (`dns:///` in the client).
 */
export function grpcHost(service: string): string {
  return `${service}-grpc`;
}

type Selector = Readonly<Record<string, string>>;

function clusterIp(selector: Selector, ports: readonly [PortName, number][], metadata: Metadata): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "ClusterIP",
      selector: { ...selector },
      ports: ports.map(([name, port]) => servicePort(name, port)),
    },
  };
}

function headless(selector: Selector, port: number, metadata: Metadata): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type: "ClusterIP", clusterIP: "None", selector: { ...selector }, ports: [servicePort("grpc", port)] },
  };
}

function servicePort(name: PortName, port: number) {
  return { name, port, targetPort: name, protocol: "TCP" as const, appProtocol: name === "grpc" ? "grpc" : "http" };
}
