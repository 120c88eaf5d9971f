import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { scratchCluster, scratchName } from "../../components/postgres/drill.ts";
import { metricsQueries } from "../../components/postgres/metrics.ts";
import { staging } from "../../stacks/staging.ts";
import { selfSigned } from "../support/certificate.ts";
import { daemonFolder } from "../support/daemon.ts";
import type { RenderedServer, Tool } from "../support/postgres/rendered.ts";
import {
  column,
  createDatabases,
  loginOf,
  runTool,
  startRendered,
  startTool,
  toolOf,
} from "../support/postgres/rendered.ts";

/**
 * What the API server and the operator do with a scratch cluster: it is restored as soon as it is created, unless the test
 * says otherwise. (The embedded cluster's tests ask the real API server for the rights.)
 */
interface Api {
  readonly port: number;
  readonly calls: string[];
  exists: boolean;
  restores: boolean;
  created: unknown;
  readonly server: Server;
}

let live: RenderedServer;
let restored: RenderedServer;
let api: Api;
let tool: Tool;
let runs = 0;
const folder = daemonFolder("drill");

beforeAll(async () => {
  live = await startRendered("staging");
  restored = await startRendered("staging");
  const account = await selfSigned(folder.path, "kubernetes");
  writeFileSync(join(folder.path, "token"), "the pod's token\n");
  api = await startApi(readFileSync(account.key), readFileSync(account.cert));
});

afterAll(async () => {
  (api as Api | undefined)?.server.close();
  await (restored as RenderedServer | undefined)?.stop();
  await (live as RenderedServer | undefined)?.stop();
  folder.remove();
});

async function startApi(key: Buffer, cert: Buffer): Promise<Api> {
  const path = "/apis/postgresql.cnpg.io/v1/namespaces/suoke-life-staging/clusters";
  const server = createServer({ key, cert }, (request, response) => {
    void (async () => {
      const body = await read(request);
      const { method = "", url = "", headers } = request;
      api.calls.push(`${method} ${url.replace(path, "")}`);
      const answer = (status: number, value: unknown = {}): void => {
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      };
      if (headers.authorization !== "Bearer the pod's token") {
        answer(401);
        return;
      }
      if (method === "POST" && url === path) {
        api.exists = true;
        api.created = JSON.parse(body);
        answer(201);
        return;
      }
      if (url !== `${path}/${scratchName}`) {
        answer(403);
        return;
      }
      if (!api.exists) {
        answer(404);
        return;
      }
      if (method === "DELETE") api.exists = false;
      const condition = { type: "Ready", status: api.restores ? "True" : "False" };
      answer(200, { status: { phase: "Setting up primary", conditions: [condition] } });
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { server, port, calls: [], exists: false, restores: true, created: undefined };
}

async function read(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

beforeEach(async () => {
  Object.assign(api, { exists: false, restores: true, created: undefined });
  api.calls.length = 0;
  runs += 1;
  for (const [name, { objects, server, superuser }] of Object.entries({ live, restored })) {
    await createDatabases(superuser, objects);
    const migrate = toolOf(objects, join(folder.path, `${name}-${runs}`), server.port);
    await runTool(migrate, "migrate");
    if (name === "live") tool = migrate;
  }
  // As the drill's own Job has it, with the restored server's address and less patience.
  const map = live.objects.find(
    (object) => object.kind === "ConfigMap" && object.metadata.name.startsWith("postgres-drill-config-"),
  );
  const text = map?.kind === "ConfigMap" ? (map.data?.["postgres.json"] ?? "") : "";
  const config = text
    .replace(`${scratchName}-rw:5432`, `127.0.0.1:${restored.server.port}`)
    .replace(/"timeoutSeconds": \d+/, '"timeoutSeconds": 2');
  writeFileSync(tool.config, config);
  tool = {
    ...tool,
    env: { ...tool.env, KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(api.port) },
  };
});

const drill = () => startTool(tool, "drill", "--account", folder.path).ended;

async function addDiagnoses(server: RenderedServer, count: number): Promise<void> {
  const client = await server.server.connect("health", loginOf(server.objects, "health_a"));
  await client.query(
    `INSERT INTO diagnosis_records (user_id, diagnosis_type, status) SELECT n, 'tongue', 'done' FROM generate_series(1, ${count}) n`,
  );
  await client.end();
}

/** What the metrics' role is told about drills of a database. */
async function recorded(): Promise<unknown[]> {
  const { objects, server } = live;
  const client = await server.connect("health", loginOf(objects, "exporter"));
  const { query, predicate_query = "" } = metricsQueries({ partitioned: [], drilled: ["health"] })[
    "suoke_restore_drill"
  ] ?? { query: "" };
  const there = (await column(client, predicate_query)).length > 0;
  const rows = there ? (await client.query<Record<string, unknown>>(query)).rows : [];
  await client.end();
  return rows;
}

describe("the restore drill", () => {
  it("restores into a scratch cluster, compares, removes it and tells the metrics", async () => {
    await addDiagnoses(live, 100);
    await addDiagnoses(restored, 95);
    const { code, output } = await drill();
    expect([code, code === 0 ? "" : output]).toEqual([0, ""]);
    expect(api.calls[0]).toBe(`DELETE /${scratchName}`);
    expect(api.created).toEqual(scratchCluster({ namespace: staging.namespace, server: staging.systems.postgres }));
    expect(api.exists).toBe(false);
    expect(output).toContain('"table":"diagnosis_records","rows":100,"restored":95');
    expect(await recorded()).toEqual([
      { datname: "health", age_seconds: expect.any(String) as string, took_seconds: expect.any(String) as string },
    ]);
    // The table that it recorded itself in is in no backup yet.
    expect((await drill()).code).toBe(0);
  });

  it("fails when rows are missing, and removes the scratch cluster all the same", async () => {
    await addDiagnoses(live, 100);
    await addDiagnoses(restored, 80);
    const { code, output } = await drill();
    expect([code, output]).toEqual([
      1,
      expect.stringContaining("database health: table diagnosis_records was restored with 80 of 100 rows"),
    ]);
    expect(api.exists).toBe(false);
    expect(await recorded()).toEqual([]);
  });

  it("fails when a table is missing", async () => {
    const owner = await restored.server.connect("health", loginOf(restored.objects, "health_migrator"));
    await owner.query("SET ROLE health");
    await owner.query("DROP TABLE ai_analysis_results");
    await owner.end();
    const { code, output } = await drill();
    expect([code, output]).toEqual([1, expect.stringContaining("restored without its table ai_analysis_results")]);
    expect(api.exists).toBe(false);
  });

  it("fails when the restore does not end, with what the operator says, and removes what there is", async () => {
    api.restores = false;
    const { code, output } = await drill();
    expect([code, output]).toEqual([1, expect.stringContaining("the operator says: Setting up primary")]);
    expect(api.exists).toBe(false);
  });

  it("removes what a drill that was killed has left before it begins", async () => {
    api.exists = true;
    expect((await drill()).code).toBe(0);
    expect(api.calls.slice(0, 3)).toEqual([`DELETE /${scratchName}`, `GET /${scratchName}`, "POST "]);
  });
});
