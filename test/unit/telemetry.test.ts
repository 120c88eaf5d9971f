import fc from "fast-check";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { personalData } from "../../catalogue/personal-data.ts";
import { bytesOnDisk, elasticsearchProblems } from "../../components/elasticsearch/sizing.ts";
import { login } from "../../components/elasticsearch/users.ts";
import type { ManagedElasticsearch } from "../../components/elasticsearch/data.ts";
import type { ManagedTracing } from "../../components/telemetry/data.ts";
import { tracingProblems } from "../../components/telemetry/problems.ts";
import type { ObjectOf } from "../../kubernetes/manifest.ts";
import { objectsOf } from "../../kubernetes/manifest.ts";
import { Findings } from "../../policies/finding.ts";
import type { EnvironmentData } from "../../stacks/environment.ts";
import { built, committed, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");
const { tracing, elasticsearch } = prod.data.systems;
if (tracing.kind !== "managed" || elasticsearch.kind !== "managed") throw new Error("prod has both.");

function findings(systems: Partial<EnvironmentData["systems"]>, data: Partial<EnvironmentData> = {}): string[] {
  try {
    built({ ...prod, data: { ...prod.data, ...data, systems: { ...prod.data.systems, ...systems } } });
    return [];
  } catch (error) {
    if (!(error instanceof Findings)) throw error;
    return error.findings.map(({ place, problem, fix }) => `${place}: ${problem} ${fix}`.trim());
  }
}
const withTracing = (change: Partial<ManagedTracing>): string[] => findings({ tracing: { ...tracing, ...change } });

describe("retention", () => {
  it("that does not fit the disks is refused with the sum", () => {
    const large: ManagedElasticsearch = { ...elasticsearch, logs: { daily: "12Gi", days: 30 } };
    expect(findings({ elasticsearch: large })).toEqual([
      "stacks/prod.ts: systems.elasticsearch: 8Gi of traces for 14 days and 12Gi of logs for 30 days take up to 984Gi with 1 copies " +
        "and a day until deletion; 3 × 300Gi hold 630Gi (70 %). Keep it for fewer days, or give larger volumes.",
    ]);
  });

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

describe("tracing does not build", () => {
  it.each([-0.1, 1.5, Number.NaN])("with a share of %s", (ratio) => {
    expect(withTracing({ sampling: { ratio, services: {}, slowMs: 1000 } })).toEqual([
      `stacks/prod.ts: systems.tracing: sampling.ratio is ${ratio}; give a share from 0 to 1.`,
    ]);
  });

  it("with a service that is not there, or kept less often than the rest", () => {
    const services = { "xiaoai-servise": 0.5, "soer-service": 0.05 };
    expect(withTracing({ sampling: { ratio: 0.1, services, slowMs: 1000 } })).toEqual([
      expect.stringMatching(
        /^stacks\/prod\.ts: systems\.tracing: sampling\.services\.xiaoai-servise is no service that runs here\. Turn it on, or remove it\. Known: .*xiaoai-service/,
      ),
      "stacks/prod.ts: systems.tracing: sampling.services.soer-service is 0.05, less than sampling.ratio 0.1; give more, or remove it.",
    ]);
  });

  it("with nothing on the list of personal data", () => {
    expect(withTracing({ personal: { keys: [], values: [] } })).toEqual([
      "stacks/prod.ts: systems.tracing: personal.keys is empty: health data would be readable in traces and logs. " +
        "List attributes in catalogue/personal-data.ts.",
    ]);
  });

  it.each(["(", "", "(?=user)", "(a)\\1"])("with %o as a pattern, which collectors cannot read", (pattern) => {
    expect(withTracing({ personal: { keys: personalData.keys, values: [{ pattern, because: "test" }] } })).toEqual([
      `stacks/prod.ts: systems.tracing: personal: ${pattern} is no pattern that collectors know. ` +
        "Write it in RE2, without look-around and back references.",
    ]);
  });

  it("with an action that no collector knows", () => {
    const keys = [{ pattern: "user_id", action: "encrypt" as "hash", because: "test" }];
    expect(withTracing({ personal: { keys, values: [] } })).toEqual([
      'stacks/prod.ts: systems.tracing: personal.keys user_id has the action "encrypt"; use hash or drop.',
    ]);
  });

  it("when services throw away traces before a gateway has seen them", () => {
    expect(findings({}, { traceSampleRatio: 0.1 })).toEqual([
      "stacks/prod.ts: systems.tracing: services record 0.1 of all traces, so that errors among the others never reach a gateway. " +
        "Make traceSampleRatio 1, and sampling.ratio what is to be kept.",
    ]);
  });

  it("with its store off", () => {
    expect(findings({ elasticsearch: { kind: "off" } })).toContain(
      "stacks/prod.ts: systems.elasticsearch: is off, and Jaeger keeps its traces there. Turn it on.",
    );
  });

  it("for exactly the shares that are none", () => {
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
