import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { personalData } from "../../catalogue/personal-data.ts";
import { logFields, logStream } from "../../components/elasticsearch/log-documents.ts";
import { bytesOnDisk, elasticsearchProblems } from "../../components/elasticsearch/sizing.ts";
import { login, rolesSecret } from "../../components/elasticsearch/users.ts";
import type { ManagedElasticsearch } from "../../components/elasticsearch/data.ts";
import { tracingProblems } from "../../components/telemetry/problems.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { canonical } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";
import { built, committed, environmentOf } from "../support/environments.ts";
import { unofferedSchemas } from "../support/collector-schemas.ts";
import { canaryValue } from "../support/secrets.ts";

const prod = environmentOf("prod");
const { tracing, elasticsearch } = prod.data.systems;
if (tracing.kind !== "managed" || elasticsearch.kind !== "managed") throw new Error("prod has both.");

describe("retention", () => {
  it("fits exactly when a day more does not", () => {
    // 10 days and one until deletion, of 7 GiB without copies, are 77 of 110 GiB: 70 %.
    const server: ManagedElasticsearch = {
      ...elasticsearch,
      nodes: 1,
      storage: { class: "standard", size: "110Gi" },
      traces: { daily: "3Gi", days: 10 },
      logs: { daily: "4Gi", days: 10 },
    };
    expect(bytesOnDisk(server)).toBe(77 * 2 ** 30);
    expect(elasticsearchProblems(server)).toEqual([]);
    expect(elasticsearchProblems({ ...server, logs: { daily: "4Gi", days: 11 } })).toHaveLength(1);
  });

  it.each(committed)("of $name is what its lifecycle policies say", ({ environment }) => {
    const { elasticsearch: server } = environment.data.systems;
    if (server.kind !== "managed") throw new Error("It is managed.");
    const map = objectsOf(built(environment)).find(
      (object): object is ObjectOf<"ConfigMap"> =>
        object.kind === "ConfigMap" && object.metadata.name.startsWith("elasticsearch-setup-"),
    );
    const deletedAfter = (file: string): unknown =>
      (JSON.parse(map?.data?.[file] ?? "{}") as { policy: { phases: { delete: { min_age: string } } } }).policy.phases
        .delete.min_age;
    expect(deletedAfter("01-ilm-policy-suoke-traces.json")).toBe(`${server.traces.days}d`);
    expect(deletedAfter("02-ilm-policy-suoke-logs.json")).toBe(`${server.logs.days}d`);
  });
});

describe("sampling", () => {
  it("is refused for exactly the shares that are none", () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (ratio) => {
        const wrong = tracingProblems({ ...tracing, sampling: { ratio, services: {}, slowMs: 1 } }, []).length > 0;
        return wrong === (ratio < 0 || ratio > 1);
      }),
    );
  });
});

describe("the list of personal data", () => {
  const hit = (name: string): string | undefined =>
    personalData.keys.find(({ pattern }) => new RegExp(pattern, "i").test(name))?.action;

  it.each(["user_id", "user.id", "userId", "enduser.id", "app.patient_id", "diagnosis_id", "session.id"])(
    "hashes %s",
    (name) => {
      expect(hit(name)).toBe("hash");
    },
  );

  it.each([
    "user.name",
    "user.email",
    "phone",
    "diagnosis_type",
    "result_confidence",
    "client.address",
    "http.client_ip",
    "net.peer.ip",
    "net.sock.peer.addr",
    "http.request.header.authorization",
  ])("drops %s", (name) => {
    expect(hit(name)).toBe("drop");
  });

  it.each([
    "service.name",
    "k8s.pod.name",
    "agent_name",
    "net.peer.name",
    "http.route",
    "server.address",
    "db.system.name",
    "status",
    "thread.id",
  ])("leaves %s alone", (name) => {
    expect(hit(name)).toBeUndefined();
  });

  it.each([
    "GET /api/v1/diagnosis?user_id=42",
    "11010519491231002X",
    "call 13912345678 back",
    "https://api.suoke.life/api/v1/users/8f14e45f-ceea?fields=all",
    "mail to li.ming@example.cn",
    '{"user_id": "u-1"}',
  ])("finds what is personal in %s", (text) => {
    expect(personalData.values.some(({ pattern }) => new RegExp(pattern, "i").test(text))).toBe(true);
  });

  it.each([
    "trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "1763989200000000000",
    "GET /health 200 in 13 ms",
    "GET /api/v1/users/:id",
    "GET /api/v1/users/{user_id}",
  ])("finds nothing in %s", (text) => {
    expect(personalData.values.filter(({ pattern }) => new RegExp(pattern, "i").test(text))).toEqual([]);
  });
});

describe("a user of Elasticsearch", () => {
  it("changes only the slot that becomes active when it is rotated", () => {
    const rotated = (count: number) => login("jaeger", (id) => (id === "elasticsearch-jaeger" ? count : 0));
    const logins = [0, 1, 2, 3].map(rotated);
    expect(logins.map(({ username }) => username)).toEqual([
      "suoke_jaeger_a",
      "suoke_jaeger_b",
      "suoke_jaeger_a",
      "suoke_jaeger_b",
    ]);
    expect(logins.map(({ password }) => (password.value as { rotation: number }).rotation)).toEqual([0, 0, 1, 1]);
  });
});

describe("the way of a span", () => {
  it.each(committed)(
    "in $name has no personal data on an agent's disk: it is taken out before the queue",
    ({ environment }) => {
      const map = objectsOf(built(environment)).find(
        (object): object is ObjectOf<"ConfigMap"> =>
          object.kind === "ConfigMap" && object.metadata.name.startsWith("otel-agent-"),
      );
      const config = load(map?.data?.["config.yaml"] ?? "") as {
        service: { pipelines: Record<string, { processors: string[]; exporters: string[] }> };
      };
      expect(Object.keys(config.service.pipelines)).toEqual(["traces"]);
      expect(config.service.pipelines["traces"]?.processors).toEqual([
        "memory_limiter",
        "k8s_attributes",
        "transform/spans",
        "redaction",
      ]);
    },
  );
});

describe.each(committed)("log lines in the store of $name", ({ environment }) => {
  const objects = objectsOf(built(environment));
  const file = (prefix: string, key: string): string => {
    const map = objects.find(
      (object): object is ObjectOf<"ConfigMap"> =>
        object.kind === "ConfigMap" && object.metadata.name.startsWith(prefix) && object.data?.[key] !== undefined,
    );
    return map?.data?.[key] ?? "";
  };
  const gateway = load(file("otel-gateway-", "config.yaml")) as {
    exporters: Record<string, Record<string, unknown>>;
    service: { pipelines: Record<string, { receivers: string[]; processors?: string[]; exporters: string[] }> };
  };
  const covers = (pattern: string): boolean =>
    new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(logStream);

  it("are where the exporter writes when nobody says otherwise, in a stream that Elasticsearch's own template types", () => {
    const exporter = gateway.exporters["elasticsearch/logs"] ?? {};
    for (const key of ["logs_index", "logs_dynamic_index", "logstash_format", "mapping"]) {
      expect(exporter).not.toHaveProperty(key);
    }
    expect(covers("logs-*.otel-*")).toBe(true);
    expect(readFileSync(join(root, "docs/traces-and-logs.md"), "utf8")).toContain(`\`${logStream}\``);
  });

  it("are read by Grafana from that stream, in fields that the exporter writes, by a user that may", () => {
    const { datasources } = load(file("grafana-provisioning-", "datasources.yaml")) as {
      datasources: { uid: string; jsonData: Record<string, string> }[];
    };
    const {
      index = "",
      timeField,
      logMessageField,
      logLevelField,
    } = datasources.find(({ uid }) => uid === "logs")?.jsonData ?? {};
    expect(covers(index)).toBe(true);
    expect([timeField, logMessageField, logLevelField]).toEqual(["@timestamp", "body.text", "severity_text"]);
    // Grafana counts by the time and by the level; the text is for people.
    const type = (field = ""): string | undefined => new Map(Object.entries(logFields)).get(field)?.type;
    expect([timeField, logMessageField, logLevelField].map(type)).toEqual(["date", "match_only_text", "keyword"]);
    // The documented question, trace_id:<id>, is for a whole word.
    expect(type("trace_id")).toBe("keyword");
    const roles = objects.find((object) => object.kind === "Secret" && object.metadata.name === rolesSecret);
    const { stringData } = canonical(roles, canaryValue) as { stringData: Record<string, string> };
    const role = load(stringData["roles.yml"] ?? "") as Record<
      string,
      { indices: { names: string[]; privileges: string[] }[] }
    >;
    const privileges = (name: string): string[] =>
      (role[name]?.indices ?? []).flatMap(({ names, privileges: given }) => (names.some(covers) ? given : []));
    expect(privileges("suoke_reader")).toEqual(["read", "view_index_metadata"]);
    expect(privileges("suoke_logs")).toEqual(["auto_configure", "create_doc"]);
  });

  it("wait on disk until the store has taken them: its exporter drops what it could not write", () => {
    const { exporters, service } = gateway;
    const before = Object.values(service.pipelines).filter(({ exporters: names }) =>
      names.includes("elasticsearch/logs"),
    );
    expect(before.map(({ receivers }) => receivers)).toEqual([["otlp/lines"]]);
    expect(exporters["elasticsearch/logs"]).toMatchObject({ sending_queue: { enabled: false } });
    expect(exporters["otlp_grpc/lines"]).toMatchObject({
      retry_on_failure: { enabled: true, max_elapsed_time: 0 },
      sending_queue: { enabled: true, storage: "file_storage" },
    });
  });

  it("lose what is personal before they are written to disk", () => {
    const queued = Object.values(gateway.service.pipelines).find(({ receivers }) => receivers.includes("otlp/logs"));
    expect(queued).toMatchObject({
      processors: ["memory_limiter", "transform/logs", "redaction"],
      exporters: ["otlp_grpc/lines"],
    });
  });
});

describe.each(committed)("what no test can start of the gateways of $name", ({ environment }) => {
  const map = objectsOf(built(environment)).find(
    (object) => object.kind === "ConfigMap" && object.metadata.name.startsWith("otel-gateway-"),
  );
  const text = map?.kind === "ConfigMap" ? (map.data?.["config.yaml"] ?? "") : "";
  const config = load(text) as Record<"connectors" | "exporters", Record<string, object>>;
  const parts = Object.entries({ ...config.connectors, ...config.exporters }).flatMap(([name, part]) => {
    const schema = unofferedSchemas[name.split("/")[0] ?? ""];
    return schema === undefined ? [] : [{ name, part, schema }];
  });

  it("is configured as the schemas of its source say", () => {
    expect(parts.map(({ name }) => name).sort()).toEqual(["elasticsearch/logs", "prometheus", "servicegraph"]);
    for (const { name, part, schema } of parts) expect(schema.safeParse(part).error?.message, name).toBeUndefined();
  });

  it("is refused with an option that is misspelt", () => {
    for (const { part, schema } of parts) expect(schema.safeParse({ ...part, enpoint: "x" }).success).toBe(false);
  });
});
