import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import type * as rpc from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type * as proto from "@pulumi/pulumi/proto/analyzer_pb.js";
import type * as wellKnown from "google-protobuf/google/protobuf/struct_pb.js";
import type { Component } from "../../kubernetes/manifest.ts";
import { resourceType } from "../../kubernetes/resource-type.ts";
import { root } from "../../local/paths.ts";

const require = createRequire(import.meta.url);
const { AnalyzerClient } = require("@pulumi/pulumi/proto/analyzer_grpc_pb.js") as typeof rpc;
const messages = require("@pulumi/pulumi/proto/analyzer_pb.js") as typeof proto;
const { Struct } = require("google-protobuf/google/protobuf/struct_pb.js") as typeof wellKnown;

/** How the engine writes a string that the update makes. */
export const unknownString = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** How the engine writes an object that the update makes. */
export const unknownObject = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff";

/** A resource, as the engine passes it to analyzers. */
export interface EngineResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly protect: boolean;
  /** What the program asks for. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What the API server makes of it, as far as it differs. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export interface Diagnostic {
  readonly policy: string;
  readonly message: string;
  readonly urn: string;
  readonly mandatory: boolean;
}

/** A policy pack that runs. */
export interface Analyzer {
  /** One preview: every resource by itself, then all of them. */
  readonly preview: (resources: readonly EngineResource[]) => Promise<Diagnostic[]>;
  /** All that the process has written. */
  readonly output: () => string;
  readonly stop: () => void;
}

/** Starts the pack as the engine's language host does; it prints the port that it listens on. */
export async function startPack(): Promise<Analyzer> {
  const folder = join(root, "policies/pack");
  const runner = join(root, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
  // It logs to the engine, of which there is none here.
  const child = spawn(process.execPath, [runner, "127.0.0.1:0", folder], { cwd: folder, stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const port = await firstLine(child, () => output);
  const limits = { "grpc.max_send_message_length": 1 << 28, "grpc.max_receive_message_length": 1 << 28 };
  const client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), limits);
  return {
    preview: async (resources) => [
      ...(await Promise.all(resources.map((resource) => analyze(client, resource)))).flat(),
      ...(await analyzeStack(client, resources)),
    ],
    output: () => output,
    stop: () => {
      client.close();
      child.kill("SIGKILL");
    },
  };
}

function firstLine(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    if (child.stdout === null) throw new Error("The pack has no output.");
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`The pack ended with ${code}: ${output()}`)));
  });
}

function options({ protect, parent }: EngineResource): proto.AnalyzerResourceOptions {
  const made = new messages.AnalyzerResourceOptions();
  made.setProtect(protect);
  made.setParent(parent ?? "");
  return made;
}

const struct = (value: object): ReturnType<typeof Struct.fromJavaScript> =>
  Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);

function analyze(client: rpc.AnalyzerClient, resource: EngineResource): Promise<Diagnostic[]> {
  const request = new messages.AnalyzeRequest();
  request.setUrn(resource.urn);
  request.setType(resource.type);
  request.setProperties(struct(resource.inputs));
  request.setOptions(options(resource));
  return answer((done) => client.analyze(request, done));
}

function analyzeStack(client: rpc.AnalyzerClient, resources: readonly EngineResource[]): Promise<Diagnostic[]> {
  const request = new messages.AnalyzeStackRequest();
  request.setResourcesList(
    resources.map((resource) => {
      const each = new messages.AnalyzerResource();
      each.setUrn(resource.urn);
      each.setType(resource.type);
      each.setParent(resource.parent ?? "");
      each.setProperties(struct({ ...resource.inputs, ...resource.outputs }));
      each.setOptions(options(resource));
      return each;
    }),
  );
  return answer((done) => client.analyzeStack(request, done));
}

type Done = (error: unknown, response: proto.AnalyzeResponse) => void;

function answer(call: (done: Done) => unknown): Promise<Diagnostic[]> {
  return new Promise((resolve, reject) => {
    call((error, response) => {
      if (error instanceof Error) {
        reject(error);
        return;
      }
      resolve(
        response.getDiagnosticsList().map((each) => ({
          policy: each.getPolicyname(),
          message: each.getMessage(),
          urn: each.getUrn(),
          mandatory: each.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY,
        })),
      );
    });
  });
}

/** What a program that registers these components sends, with a value for every secret. */
export function engineResources(
  stack: string,
  project: string,
  components: readonly Component[],
  secret: unknown,
): EngineResource[] {
  const urn = (type: string, name: string): string => `urn:pulumi:${stack}::${project}::${type}::${name}`;
  const top = urn("pulumi:pulumi:Stack", `${project}-${stack}`);
  return [
    { urn: top, type: "pulumi:pulumi:Stack", protect: false, inputs: {} },
    ...components.flatMap(({ type, name, manifests }) => {
      const parent = urn(type, name);
      return [
        { urn: parent, type, parent: top, protect: false, inputs: {} },
        ...manifests.map(({ object, lifecycle }): EngineResource => {
          const own = resourceType(object.apiVersion, object.kind);
          const inputs = object.kind === "Secret" ? withValues(object, secret) : { ...object };
          return {
            urn: urn(`${type}$${own}`, `${name}-${object.kind}-${object.metadata.name}`),
            type: own,
            parent,
            protect: lifecycle?.protect === true,
            inputs: JSON.parse(JSON.stringify(inputs)) as Record<string, unknown>,
          };
        }),
      ];
    }),
  ];
}

/** As the SDK marks it; an object that the update makes has no keys. */
function withValues(object: { readonly stringData: object }, value: unknown): object {
  const stringData =
    value === unknownObject ? value : Object.fromEntries(Object.keys(object.stringData).map((key) => [key, value]));
  return {
    ...object,
    stringData: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: stringData },
  };
}
