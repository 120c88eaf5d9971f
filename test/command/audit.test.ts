import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { AuditExemption, AuditReport } from "../../delivery/audit.ts";
import { advisoriesOf, auditFindings } from "../../delivery/audit.ts";
import type { Said } from "../support/suoke.ts";
import { suoke } from "../support/suoke.ts";

/** npm's protocol for advisories: the client posts all names with versions, the registry answers what is known of them. */
const bulk = "/-/npm/v1/security/advisories/bulk";

let registry: Server | undefined;
let asked: Readonly<Record<string, readonly string[]>> = {};
afterEach(() => {
  registry?.close();
  registry = undefined;
  asked = {};
});

/** A registry on the loopback device that knows these faults, by package. */
async function registryWith(advisories: object, status = 200): Promise<string> {
  registry = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method !== "POST" || request.url !== bulk) {
        response.writeHead(404).end("{}");
        return;
      }
      const body = Buffer.concat(chunks);
      const text = request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
      asked = JSON.parse(text.toString()) as typeof asked;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(advisories));
    });
  });
  await new Promise<void>((resolve) => registry?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
}

/** npm keeps what it was told of an advisory: each run has a cache of its own. */
async function audit(url: string): Promise<Said> {
  const cache = mkdtempSync(join(tmpdir(), "suoke-npm-"));
  try {
    return await suoke(["audit"], {
      npm_config_registry: url,
      npm_config_fetch_retries: "0",
      npm_config_cache: cache,
    });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

const fault = {
  id: 1,
  url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc",
  title: "Reads what it should not",
  severity: "high",
  vulnerable_versions: "<99.0.0",
  cwe: [],
  cvss: { score: 7, vectorString: null },
};

describe("./suoke audit", () => {
  it("asks the registry for every locked package, and passes when it knows of no fault", async () => {
    const { code, stdout, stderr } = await audit(await registryWith({}));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("No locked npm package has a known fault");
    expect(asked["yaml"]).toHaveLength(1);
    expect(Object.keys(asked).length).toBeGreaterThan(200);
  });

  it("ends with 1 for a fault that is not exempt, and cites it", async () => {
    const { code, stderr } = await audit(await registryWith({ yaml: [fault] }));
    expect(code).toBe(1);
    expect(stderr).toContain(`package-lock.json: yaml: ${fault.title} (high, versions <99.0.0, ${fault.url}).`);
    expect(stderr.match(/\[audit\/advisory\]/g)).toHaveLength(1);
  });

  it("passes a fault of low severity", async () => {
    expect((await audit(await registryWith({ yaml: [{ ...fault, severity: "low" }] }))).code).toBe(0);
  });

  it.each([
    ["answers with an error", () => registryWith({ message: "no" }, 405)],
    ["does not answer", () => Promise.resolve("http://127.0.0.1:1")],
  ])("ends with 2 when the registry %s, because nothing is known then", async (_, url) => {
    const { code, stdout, stderr } = await audit(await url());
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("could not be asked for known faults");
    expect(stderr).toContain(bulk);
  });
});

describe("./suoke audit --advisories", () => {
  const folder = mkdtempSync(join(tmpdir(), "suoke-advisories-"));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  /** A file of the database about the package `yaml`, which is locked, and what the audit says then. */
  const auditOf = async (content: string, name = "yaml"): Promise<Said> => {
    mkdirSync(join(folder, "npm", name), { recursive: true });
    writeFileSync(join(folder, "npm", name, "CVE-2026-1.yml"), content);
    return suoke(["audit", "--advisories", folder]);
  };
  const advisory = (range: string): string => `---
identifier: "CVE-2026-1"
identifiers: ["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"]
package_slug: "npm/yaml"
title: "Reads what it should not"
date: "2026-06-29"
affected_range: "${range}"
urls: ["https://example.org/CVE-2026-1"]
`;

  it("passes when no locked version is in the range, and says how old its knowledge is", async () => {
    const { code, stdout, stderr } = await auditOf(advisory("<0.1.0||>=98.0.0 <99.0.0"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("advisories compared: 1, the newest of 2026-06-29");
  });

  it("ends with 1 for a locked version in the range, and cites the fault", async () => {
    const { code, stderr } = await auditOf(advisory("<0.1.0||>=2.0.0 <99.0.0"));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /package-lock\.json: yaml: Reads what it should not in 2\.\S+ \(versions .*, https:\/\/example\.org\/CVE-2026-1\)\./,
    );
    expect(stderr.match(/\[audit\/advisory\]/g)).toHaveLength(1);
  });

  it("counts a range that it cannot read", async () => {
    expect((await auditOf(advisory("<2026-09-26"))).code).toBe(1);
  });

  it.each([
    [
      "has nothing about any locked package",
      advisory("*"),
      "no-such-package",
      "has no advisory for any locked package",
    ],
    ["has a file of another form", "title: [", "yaml", "CVE-2026-1.yml is no advisory that can be read"],
  ])("ends with 2 when the folder %s", async (_, content, name, says) => {
    const { code, stdout, stderr } = await auditOf(content, name);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(says);
  });
});

describe("an exemption from the audit", () => {
  const report: AuditReport = {
    auditReportVersion: 2,
    vulnerabilities: {
      yaml: { via: [{ ...fault, name: "yaml", range: "<99.0.0" }] },
      // What only depends on it is told by name.
      vite: { via: ["yaml"] },
    },
  };
  const exempt: AuditExemption = {
    advisory: "GHSA-aaaa-bbbb-cccc",
    package: "yaml",
    reason: "Reads our own files alone.",
    until: "2027-01-31",
  };
  const rules = (exemptions: readonly AuditExemption[], today = "2027-01-31"): string[] =>
    auditFindings(advisoriesOf(report), exemptions, today).map(({ rule }) => rule);

  it("lets pass the one fault of the one package that it names", () => {
    expect(rules([])).toEqual(["audit/advisory"]);
    expect(rules([exempt])).toEqual([]);
    expect(rules([{ ...exempt, package: "vite" }])).toEqual(["audit/advisory", "audit/unused"]);
    expect(rules([{ ...exempt, advisory: "GHSA-dddd-eeee-ffff" }])).toEqual(["audit/advisory", "audit/unused"]);
  });

  it("fails when nothing needs it, and on the day after its last", () => {
    expect(auditFindings([], [exempt], "2027-01-31").map(({ rule }) => rule)).toEqual(["audit/unused"]);
    expect(rules([exempt], "2027-02-01")).toEqual(["audit/expired"]);
  });
});
