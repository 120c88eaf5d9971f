import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { describe, expect, it } from "vitest";
import { pinned } from "../../cli/sbom.ts";
import { images } from "../../components/images.ts";
import { sbom } from "../../delivery/sbom.ts";

interface Document {
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
}

const pins = pinned();
const document = sbom(pins) as Document;
const purls = document.components.map(({ purl }) => purl);

describe("the software bill of materials", () => {
  it("is valid by CycloneDX's own schema", async () => {
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(JSON.stringify(document))).toBeNull();
  });

  it("has every kind of thing that the repository pins", () => {
    const kinds = Map.groupBy(purls, (purl) => /^pkg:([a-z]+)\//.exec(purl)?.[1] ?? "");
    expect([...kinds.keys()].sort()).toEqual(["docker", "golang", "helm", "npm", "pypi"]);
    expect(kinds.get("npm")).toHaveLength(
      new Set(
        Object.entries(pins.npm).flatMap(([path, { version }]) =>
          path === "" ? [] : `${path.split("node_modules/").at(-1)} ${version}`,
        ),
      ).size,
    );
    for (const reference of Object.values(images)) {
      const [, path, tag] = /^[^/]+\/(.+):([^@]+)/.exec(reference) ?? [];
      expect(kinds.get("docker")).toContainEqual(expect.stringContaining(`pkg:docker/${path}@${tag}?`));
    }
  });

  it("names each thing once", () => {
    expect(new Set(purls).size).toBe(purls.length);
  });

  it("is the same for the same pins", () => {
    expect(sbom(pinned())).toEqual(document);
  });

  it("reads each kind of pin", () => {
    const made = sbom({
      npm: {
        "": {},
        "node_modules/a/node_modules/@s/b": { version: "1.0.0", license: "MIT", integrity: "sha512-AAAA" },
      },
      goSums: [
        "golang.org/x/text v0.43.0 h1:abc=\n",
        "k8s.io/api v0.36.3 h1:abc=\nk8s.io/api v0.36.3/go.mod h1:def=\nk8s.io/old v0.1.0/go.mod h1:ghi=\n",
      ],
      requirements: ["Foo_Bar==1.2.3 \\\n    --hash=sha256:00\n"],
      images: ["r.io/team/a:1.2@sha256:ab", "r.io/b:3"],
      charts: [{ chart: "c", version: "4", repository: "https://c.example" }],
    }) as Document;
    expect(made.components.map(({ purl }) => purl)).toEqual([
      "pkg:docker/b@3?repository_url=r.io",
      "pkg:docker/team/a@sha256%3Aab?repository_url=r.io",
      "pkg:golang/golang.org/x/text@v0.43.0",
      "pkg:golang/k8s.io/api@v0.36.3",
      "pkg:helm/c@4?repository_url=https%3A%2F%2Fc.example",
      "pkg:npm/%40s/b@1.0.0",
      "pkg:pypi/foo-bar@1.2.3",
    ]);
    expect(made.components[2]).toMatchObject({ licenses: [{ expression: "BSD-3-Clause" }] });
    expect(made.components[5]).toMatchObject({
      hashes: [{ alg: "SHA-512", content: "000000" }],
      licenses: [{ expression: "MIT" }],
    });
  });
});
