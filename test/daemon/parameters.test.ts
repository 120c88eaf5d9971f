import { describe, expect, it } from "vitest";
import { environmentNames } from "../../stacks/environment.ts";
import { clusterOf, renderedPostgres } from "../support/postgres/rendered.ts";
import { checkParameters } from "../support/postgres/server.ts";

describe("the server's parameters", () => {
  it.each(environmentNames)("of %s are accepted by PostgreSQL", async (name) => {
    const { parameters = {} } = clusterOf(renderedPostgres(name)).spec.postgresql ?? {};
    expect(await checkParameters(parameters, "max_connections")).toBe(parameters["max_connections"]);
  });

  it("that PostgreSQL does not know are refused", async () => {
    expect(await checkParameters({ shared_bufers: "1GB" }, "max_connections")).toContain(
      'unrecognized configuration parameter "shared_bufers"',
    );
  });
});
