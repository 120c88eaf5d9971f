import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { below, endpoint } from "../../cli/endpoint.ts";
import { budgetLeft } from "../../cli/error-budget.ts";
import { queryPrometheus } from "../../cli/prometheus.ts";
import type { Stub } from "../support/gateway.ts";
import { listen } from "../support/gateway.ts";

describe("an address", () => {
  it("has its credentials in a header, and a path below it where it has one itself", () => {
    const found = endpoint("https://elastic:p%40ss@logs.example:9200/es/", "Elasticsearch");
    expect(found.headers).toEqual({ authorization: `Basic ${Buffer.from("elastic:p@ss").toString("base64")}` });
    expect(found.url.href).toBe("https://logs.example:9200/es/");
    expect(below(found, "/_search?q=a").href).toBe("https://logs.example:9200/es/_search?q=a");
    expect(endpoint("http://jaeger:16686", "Jaeger").headers).toEqual({});
  });

  it.each(["elastic:s3cret@logs.example", "https://elastic:s3cret@", ""])(
    "that is none is refused, untold: %j",
    (text) => {
      expect(() => endpoint(text, "Elasticsearch")).toThrow(/^The address of Elasticsearch is no URL such as \S+$/);
    },
  );
});

describe("Prometheus", () => {
  let stub: Stub;
  const asked: string[] = [];
  let result: readonly object[] = [];
  beforeAll(async () => {
    stub = await listen(
      createServer((request, response) => {
        asked.push(`${request.url?.split("?")[0]} ${request.headers.authorization ?? ""}`);
        response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result } }));
      }),
    );
  });
  afterAll(() => stub.close());

  it("is asked below its path, as whom the address says", async () => {
    asked.length = 0;
    await queryPrometheus(`${stub.url.replace("http://", "http://ci:x@")}/prometheus`, "up");
    expect(asked).toEqual([`/prometheus/api/v1/query Basic ${Buffer.from("ci:x").toString("base64")}`]);
  });

  it("tells what is left of each error budget", async () => {
    result = [{ metric: { service: "auth-service" }, value: [0, "0.7"] }];
    expect(await budgetLeft(stub.url)).toEqual({ "auth-service": 0.7 });
  });

  it("that knows no error budget at all has not said that there is enough of it", async () => {
    result = [];
    await expect(budgetLeft(stub.url)).rejects.toThrow(
      /^What is left of the error budget is not known: \S+ has no suoke:failures:budget_left/,
    );
  });
});
