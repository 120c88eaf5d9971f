import { describe, expect, it } from "vitest";
import { services } from "../../catalogue/services.ts";
import { bodyOf } from "../../cli/comment.ts";
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

describe("a comment", () => {
  it("is shortened with a link where GitLab would refuse it", () => {
    const body = bodyOf(["x".repeat(700_000), "y".repeat(700_000)], "https://gitlab.example/-/pipelines/1");
    expect(body.length).toBe(1_000_000);
    expect(body).toMatch(/\[artifacts\]\(https:\/\/gitlab\.example\/-\/pipelines\/1\)\.$/);
  });
});
