import type { PortName } from "../../catalogue/service.ts";
import type { Metadata, ObjectOf } from "../../kubernetes/manifest.ts";
import type { MicroserviceArgs } from "./args.ts";
import { stableSelector } from "./args.ts";

/** The Service that callers use, and for gRPC a headless one beside it. */
export function services(
  { service, registration, edge }: Pick<MicroserviceArgs, "service" | "registration" | "edge">,
  meta: (name: string) => Metadata,
): ObjectOf<"Service">[] {
  const ports = Object.entries(service.ports) as [PortName, number][];
  const own = annotated(meta(service.name), { ...registration, ...edge.http });
  const objects = [clusterIp(service.name, ports, own)];
  if (service.ports.grpc !== undefined)
    objects.push(headless(service.name, service.ports.grpc, annotated(meta(grpcHost(service.name)), edge.grpc)));
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

function clusterIp(app: string, ports: readonly [PortName, number][], metadata: Metadata): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: {
      type: "ClusterIP",
      selector: stableSelector(app),
      ports: ports.map(([name, port]) => servicePort(name, port)),
    },
  };
}

function headless(app: string, port: number, metadata: Metadata): ObjectOf<"Service"> {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata,
    spec: { type: "ClusterIP", clusterIP: "None", selector: stableSelector(app), ports: [servicePort("grpc", port)] },
  };
}

function servicePort(name: PortName, port: number) {
  return { name, port, targetPort: name, protocol: "TCP" as const, appProtocol: name === "grpc" ? "grpc" : "http" };
}
