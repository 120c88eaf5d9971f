import type { Http2Server } from "node:http2";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { services } from "../../catalogue/services.ts";
import { bodyOf } from "../../cli/comment.ts";
import { askGrpc } from "../../cli/smoke-grpc.ts";
import type { Probe } from "../../delivery/smoke.ts";
import { probeFindings, probesOf } from "../../delivery/smoke.ts";

const probe = (auth: Probe["auth"]): Probe => ({ service: "auth-service", method: "GET", path: "/api/v1/auth", auth });
const rules = (auth: Probe["auth"], status: number | undefined, body = ""): string[] =>
  probeFindings(probe(auth), { ...(status === undefined ? {} : { status }), body }).map(({ rule }) => rule);

describe("smoke probes", () => {
  it("cover every public HTTP route of the catalogue, with something in place of an id", () => {
    const probes = probesOf(Object.values(services));
    const routes = Object.values(services).flatMap((service) => service.routes.filter(({ port }) => port === "http"));
    expect(probes.length).toBe(routes.length);
    expect(probes.filter(({ path }) => path.includes(":"))).toEqual([]);
  });

  it("take the refusal of a request without a token, and of an empty one, as an answer", () => {
    expect([rules("jwt", 401), rules("jwt", 403), rules("open", 200), rules("open", 422), rules("open", 404)]).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  it("find what is broken, unknown to the gateway, unreachable, or open to everybody", () => {
    expect(rules("open", 502)).toEqual(["smoke/error"]);
    expect(rules("jwt", 404, '{"message":"no Route matched with those values"}')).toEqual(["smoke/no-route"]);
    expect(rules("jwt", undefined, "connection refused")).toEqual(["smoke/unreachable"]);
    expect([rules("jwt", 200), rules("jwt", 404)]).toEqual([["smoke/open"], ["smoke/open"]]);
  });
});

describe("a smoke probe of a gRPC route", () => {
  let server: Http2Server;
  let url: string;
  const asked: string[] = [];
  /** Answers as the path says: `/HTTP status/gRPC code`. */
  beforeAll(async () => {
    server = createServer((request, response) => {
      const [, status, code = ""] = request.url.split("/");
      asked.push(`${request.method} ${String(request.headers["content-type"])}`);
      if (status === "silence") {
        response.stream.session?.destroy();
        return;
      }
      const said = status === "200" && code === "13" ? "100% broken" : "no%20Route%20matched";
      const refusal = code === "" ? {} : { "grpc-status": code, "grpc-message": said };
      response.writeHead(Number(status), { "content-type": "application/grpc", ...refusal });
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((done) => server.close(done)));

  const found = async (auth: Probe["auth"], path: string): Promise<string[]> => {
    const reply = await askGrpc(url, { path, headers: {}, limit: 10 });
    return probeFindings({ ...probe(auth), grpc: true }, reply).map(({ rule }) => rule);
  };

  it("is one for each route, with a method", () => {
    const [service] = Object.values(services);
    if (service === undefined) throw new Error("There is no service.");
    const grpcRoutes = [
      { service: "suoke.a.v1.A", auth: "jwt", maxBodyMiB: 1 },
      { service: "suoke.a.v1.A", method: "Get", auth: "open", maxBodyMiB: 1 },
    ] as const;
    const probes = probesOf([{ ...service, routes: [], grpcRoutes }]);
    expect(probes.map(({ method, path, auth, grpc }) => [method, path, auth, grpc])).toEqual([
      ["POST", "/suoke.a.v1.A/Smoke", "jwt", true],
      ["POST", "/suoke.a.v1.A/Get", "open", true],
    ]);
  });

  it("takes the gateway's refusal in either form, and a service's own code", async () => {
    for (const path of ["/401/", "/200/16", "/403/7"]) expect(await found("jwt", path)).toEqual([]);
    for (const path of ["/200/0", "/200/3", "/200/9"]) expect(await found("open", path)).toEqual([]);
    expect(new Set(asked)).toEqual(new Set(["POST application/grpc"]));
  });

  it("takes a message as it is when it is not encoded, and a closed connection for no answer", async () => {
    const broken = await askGrpc(url, { path: "/200/13", headers: {}, limit: 10 });
    expect(broken).toEqual({ status: 500, body: "100% broken" });
    const silent = await askGrpc(url, { path: "/silence/", headers: {}, limit: 10 });
    expect([silent.status, silent.body]).toEqual([undefined, expect.stringContaining("closed")]);
  });

  it("finds what is broken, unknown to the gateway, unreachable, or open to everybody", async () => {
    expect([await found("open", "/200/14"), await found("open", "/502/")]).toEqual([["smoke/error"], ["smoke/error"]]);
    expect([await found("open", "/404/5"), await found("jwt", "/200/5")]).toEqual([
      ["smoke/no-route"],
      ["smoke/no-route"],
    ]);
    expect([await found("jwt", "/200/0"), await found("jwt", "/200/3")]).toEqual([["smoke/open"], ["smoke/open"]]);
    const nobody = await askGrpc("http://127.0.0.1:1", { path: "/a/b", headers: {}, limit: 10 });
    expect([nobody.status, nobody.body]).toEqual([undefined, expect.stringContaining("ECONNREFUSED")]);
  });
});

describe("a comment", () => {
  it("is shortened with a link where GitLab would refuse it", () => {
    const body = bodyOf(["x".repeat(700_000), "y".repeat(700_000)], "https://gitlab.example/-/pipelines/1");
    expect(body.length).toBe(1_000_000);
    expect(body).toMatch(/\[artifacts\]\(https:\/\/gitlab\.example\/-\/pipelines\/1\)\.$/);
  });
});
