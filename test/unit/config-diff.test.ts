import { describe, expect, it } from "vitest";
import type { Json, Ownership, Service } from "../../catalogue/service.ts";
import { consequence, documentChanges, storedDocuments } from "../../review/documents.ts";
import { placedFrom, placedOf } from "../../review/placed.ts";
import { renderComponents } from "../../kubernetes/render.ts";
import type { Environment } from "../../stacks/environment.ts";
import { built, environmentOf } from "../support/environments.ts";

const prod = environmentOf("prod");

/** Prod with a document of soer-service, or without. */
function withLimits(value?: Json, ownership: Ownership = "restore"): Environment<string> {
  const soer: Service<string> = {
    ...prod.catalogue["soer-service"],
    ...(value === undefined ? {} : { documents: { limits: { ownership, value } } }),
  };
  return { ...prod, catalogue: { ...prod.catalogue, "soer-service": soer } };
}

const documents = (environment: Environment<string>) => storedDocuments(placedOf(built(environment)));

function changes(before: Environment<string>, after: Environment<string>): string[] {
  return documentChanges(documents(before), documents(after)).map((change) =>
    [`${change.path}: ${consequence(change)}`, ...change.lines].join("\n"),
  );
}

describe("what a change does to the documents in Consul", () => {
  it("is nothing when nothing changes", () => {
    expect(changes(prod, prod)).toEqual([]);
  });

  it("is read from a golden file as from the data", () => {
    const components = built(prod);
    const golden = [...renderComponents(components)].flatMap(([name, yaml]) => placedFrom(name, yaml));
    expect(storedDocuments(golden)).toEqual(documents(prod));
  });

  it("is shown line by line, with what becomes of an edit by hand", () => {
    expect(changes(withLimits({ requests: 1, burst: 2 }), withLimits({ requests: 5, burst: 2 }))).toEqual([
      "config/soer-service/limits: changed; an edit by hand is undone\n@@ 1 → 1 @@\n burst: 2\n-requests: 1\n+requests: 5",
    ]);
    expect(changes(withLimits(1, "keep"), withLimits(2, "keep"))[0]).toContain("changed, unless it was edited by hand");
    expect(changes(withLimits(1, "app"), withLimits(2, "app"))[0]).toContain("where the service has none yet");
  });

  it("names a document that comes, goes or changes hands", () => {
    expect(changes(withLimits(), withLimits({ requests: 1 }))).toEqual([
      "config/soer-service/limits: new; an edit by hand is undone\n+requests: 1",
    ]);
    expect(changes(withLimits({ requests: 1 }), withLimits())).toEqual([
      "config/soer-service/limits: gone, unless it was edited by hand\n-requests: 1",
    ]);
    expect(changes(withLimits(1), withLimits(1, "app"))).toEqual([
      "config/soer-service/limits: changed, where the service has none yet (until now restore)",
    ]);
  });
});
