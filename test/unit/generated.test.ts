import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { catalogueSource } from "../../cli/generate-catalogue.ts";
import { surplusFiles } from "../../cli/generate.ts";
import { generatedFromData } from "../../cli/generated.ts";
import { renderComponents } from "../../kubernetes/render.ts";
import { root } from "../../local/paths.ts";
import { platform } from "../../stacks/platform.ts";
import { committed } from "../support/environments.ts";

const files = new Map([["catalogue/services.ts", catalogueSource(root)], ...(await generatedFromData(root))]);

/** To accept a difference: make generate. */
describe("what is generated and committed is what the data leads to", () => {
  it.each([...files.keys()])("%s", (path) => {
    expect(readFileSync(join(root, path), "utf8")).toBe(files.get(path));
  });

  it("with no file left over from before", () => {
    expect(surplusFiles(root, files)).toEqual([]);
  });
});

describe.each(committed)("rendering $name twice", ({ environment }) => {
  it("gives the same bytes", () => {
    expect([...renderComponents(platform(environment))]).toEqual([...renderComponents(platform(environment))]);
  });
});

describe("the catalogue's index", () => {
  it("lists each file of the folder, so that a new service is one new file", () => {
    const folder = mkdtempSync(join(tmpdir(), "suoke-catalogue-"));
    try {
      mkdirSync(join(folder, "catalogue/services"), { recursive: true });
      for (const name of ["new-service", "auth-service"])
        writeFileSync(join(folder, `catalogue/services/${name}.ts`), "");
      const source = catalogueSource(folder);
      expect(source).toContain('import { newService } from "./services/new-service.ts";');
      expect(source).toContain('  | "auth-service"\n  | "new-service";');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
