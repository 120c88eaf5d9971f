import { createRequire } from "node:module";
import * as grpc from "@grpc/grpc-js";

/**
 * A resource monitor and engine that speak Pulumi's protocol over gRPC, record every registration and answer as the real
 * ones would: the same wire that `pulumi up` uses, without an engine behind it.
 */
export interface Monitor {
  readonly address: string;
  readonly registered: readonly Registration[];
  /** What the program logged as errors. */
  readonly errors: readonly string[];
  /** Outputs of the stack, once it has registered them. */
  readonly outputs: ReadonlyMap<string, unknown>;
  readonly close: () => Promise<void>;
}

/** A registration as it came over the wire. */
export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  readonly parent: string;
  readonly provider: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly aliases: readonly string[];
  readonly dependencies: readonly string[];
  /** Inputs, with the protocol's marks of secrecy and unknowns as they are. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  /** Computed values are unknown, as in a preview. */
  readonly preview?: boolean;
  /** Refuses the registration of this name, as a server that rejects an object. */
  readonly fail?: string;
  /** Milliseconds before each answer. */
  readonly delay?: number;
}

/** How the protocol writes a value that is not known yet. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key that marks a wrapped value, and what it holds for a secret. */
export const signatureKey = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** The SDK's generated messages: they have no types that a NodeNext project can import. */
const sdk = createRequire(import.meta.url);
interface Struct {
  toJavaScript(): Record<string, unknown>;
}
interface Messages {
  readonly [name: string]: new () => Record<string, (value: unknown) => void>;
}
type Service = grpc.ServiceDefinition;
const resource = sdk("@pulumi/pulumi/proto/resource_pb.js") as Messages;
const engine = sdk("@pulumi/pulumi/proto/engine_pb.js") as Messages;
const { ResourceMonitorService } = sdk("@pulumi/pulumi/proto/resource_grpc_pb.js") as {
  ResourceMonitorService: Service;
};
const { EngineService } = sdk("@pulumi/pulumi/proto/engine_grpc_pb.js") as { EngineService: Service };
const { Empty } = sdk("google-protobuf/google/protobuf/empty_pb.js") as Messages;
const { Struct: StructMessage } = sdk("google-protobuf/google/protobuf/struct_pb.js") as {
  Struct: { fromJavaScript(value: object): Struct };
};

/** Calls of the generated getters that are used here. */
interface Request {
  getId(): string;
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getParent(): string;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
  getAliasesList(): { getSpec(): { getName(): string } | undefined }[];
  getDependenciesList(): string[];
  getObject(): Struct | undefined;
  getOutputs(): Struct | undefined;
  getUrn(): string;
  getSeverity(): number;
  getMessage(): string;
}
type Call = grpc.ServerUnaryCall<Request, unknown>;
type Answer = grpc.sendUnaryData<unknown>;

export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
  const registered: Registration[] = [];
  const errors: string[] = [];
  const outputs = new Map<string, unknown>();
  let root = "";
  const registerResource = (call: Call, answer: Answer): void => {
    const registration = record(call.request, options);
    setTimeout(() => {
      if (registration.name === options.fail) {
        answer({ code: grpc.status.UNKNOWN, message: `the server refused ${registration.name}` });
        return;
      }
      registered.push(registration);
      answer(null, response(registration, options));
    }, options.delay ?? 0);
  };
  const server = new grpc.Server({ "grpc.max_receive_message_length": 2 ** 28 });
  server.addService(ResourceMonitorService, {
    registerResource,
    registerResourceOutputs: ({ request }: Call, answer: Answer) => {
      if (request.getUrn().includes("::pulumi:pulumi:Stack::")) {
        for (const [key, value] of Object.entries(request.getOutputs()?.toJavaScript() ?? {})) outputs.set(key, value);
      }
      answer(null, message(Empty));
    },
    supportsFeature: ({ request }: Call, answer: Answer) => {
      const supported = ["secrets", "resourceReferences", "aliasSpecs", "deletedWith"].includes(request.getId());
      answer(null, message(resource["SupportsFeatureResponse"], { setHassupport: supported }));
    },
    signalAndWaitForShutdown: (_: Call, answer: Answer) => answer(null, message(Empty)),
  });
  server.addService(EngineService, {
    log: ({ request }: Call, answer: Answer) => {
      if (request.getSeverity() >= 3) errors.push(request.getMessage());
      answer(null, message(Empty));
    },
    setRootResource: ({ request }: Call, answer: Answer) => {
      root = request.getUrn();
      answer(null, message(engine["SetRootResourceResponse"]));
    },
    getRootResource: (_: Call, answer: Answer) =>
      answer(null, message(engine["GetRootResourceResponse"], { setUrn: root })),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const close = (): Promise<void> => {
    server.forceShutdown();
    return Promise.resolve();
  };
  return { address: `127.0.0.1:${port}`, registered, errors, outputs, close };
}

function record(request: Request, { project, stack }: MonitorOptions): Registration {
  const parent = request.getParent();
  const parentType = parent.split("::")[2] ?? "";
  // The stack is every resource's ancestor and no part of the type.
  const prefix = parentType === "" || parentType === "pulumi:pulumi:Stack" ? "" : `${parentType}$`;
  return {
    urn: `urn:pulumi:${stack}::${project}::${prefix}${request.getType()}::${request.getName()}`,
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent,
    provider: request.getProvider(),
    protect: request.getProtect(),
    retainOnDelete: request.getRetainondelete(),
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    aliases: request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? ""),
    dependencies: request.getDependenciesList(),
    inputs: request.getObject()?.toJavaScript() ?? {},
  };
}

/** What is made of hexadecimal digits alone. */
function madeDigits(name: string, length: number): string {
  return Buffer.from(`made-${name}`).toString("hex").padEnd(length, "0").slice(0, length);
}

/** Whether a text has a value in it that this made: plain, as a key in base64, as a UUID. */
export const isMade = (text: string): boolean => /made-|bWFkZS|6d616465-2d/.test(text);

function response({ urn, custom, name, type, inputs }: Registration, { preview = false }: MonitorOptions): unknown {
  const made = inputs["overrideSpecial"] === undefined ? `made-${name}` : madeDigits(name, Number(inputs["length"]));
  const computed = type.startsWith("random:") ? { result: preview ? unknownValue : made } : {};
  return message(resource["RegisterResourceResponse"], {
    setUrn: urn,
    setId: custom && !preview ? `${name}-id` : "",
    setObject: StructMessage.fromJavaScript({ ...inputs, ...computed }),
  });
}

function message(Class: Messages[string] | undefined, values: Readonly<Record<string, unknown>> = {}): unknown {
  if (Class === undefined) throw new Error("The SDK's protocol has lost a message that the monitor answers with.");
  const made = new Class();
  for (const [setter, value] of Object.entries(values)) made[setter]?.(value);
  return made;
}
