import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Receiver } from "../../components/alertmanager/receivers.ts";
import { runProgram } from "../../local/process.ts";
import { silent } from "../../local/progress.ts";
import { buildToolchain, programPath } from "../../local/toolchain.ts";
import { platform } from "../../stacks/platform.ts";
import { environmentOf } from "../support/environments.ts";
import { renderedFile, rulesOf } from "../support/metrics/rules.ts";

const folder = mkdtempSync(join(tmpdir(), "suoke-alertmanager-"));

beforeAll(() => buildToolchain(["alertmanager", "amtool"], silent), 40 * 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The rendered configuration, with the folders of the test in place of those of the pod. */
function written(
  environment: "dev" | "staging" | "prod",
  receivers: string,
  components = platform(environmentOf(environment)),
): string {
  const file = (name: string): string =>
    renderedFile(components, "alertmanager", name)
      .replaceAll("/etc/alertmanager/config", folder)
      .replaceAll("/etc/alertmanager/receivers", receivers);
  writeFileSync(join(folder, "suoke.tmpl"), file("suoke.tmpl"));
  const path = join(folder, `${environment}.yml`);
  writeFileSync(path, file("alertmanager.yml"));
  return path;
}

async function amtool(...args: readonly string[]): Promise<string> {
  const { code, output } = await runProgram({ command: programPath("amtool", "amtool"), args, limit: 60 });
  expect(code, output).toBe(0);
  return output;
}

describe.each(["dev", "staging", "prod"] as const)("the configuration of %s", (environment) => {
  it("is taken by the real amtool, templates included", async () => {
    expect(await amtool("check-config", written(environment, folder))).toContain("SUCCESS");
  });
});

it("every kind of receiver is taken by the real amtool, with its secret in a file", async () => {
  const prod = environmentOf("prod");
  const email = { to: "a@example.org", from: "b@example.org", smarthost: "mail.example.org:587", username: "b" };
  const receivers: Readonly<Record<string, Receiver>> = {
    webhook: { kind: "webhook" },
    slack: { kind: "slack", channel: "#on-call" },
    wecom: { kind: "wecom" },
    dingtalk: { kind: "dingtalk" },
    email: { kind: "email", ...email },
  };
  const names = Object.keys(receivers);
  const monitoring = { ...prod.settings.monitoring, receivers, critical: names, warning: names, teams: {} };
  const components = platform({ ...prod, settings: { ...prod.settings, monitoring } });
  const path = written("prod", folder, components);
  expect(await amtool("check-config", path)).toContain("SUCCESS");
  const text = readFileSync(path, "utf8");
  for (const name of names) expect(text).toMatch(new RegExp(`(url|password)_file: .*/${name}$`, "m"));
  const routed = ["config", "routes", "test", `--config.file=${path}`, "severity=critical", "environment=prod"];
  expect((await amtool(...routed, "alertname=ServiceDown")).trim()).toBe(names.join(","));
});

describe("the route of every alert in prod", () => {
  const alerts = rulesOf("prod").groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined));
  const receivers = (severity: string | undefined, team: string | undefined): string => {
    if (severity === "critical") return team === "agents" ? "on-call,agents-chat" : "on-call,on-call-chat";
    return team === "agents" ? "agents-chat" : "on-call-chat";
  };
  const routed = async (labels: Readonly<Record<string, string>>): Promise<string> => {
    const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const output = await amtool("config", "routes", "test", `--config.file=${written("prod", folder)}`, ...pairs);
    return output.trim();
  };

  it.each(alerts.map((rule) => [rule.alert ?? "", rule] as const))("%s", async (alertname, { labels }) => {
    const severity = labels?.["severity"] ?? "";
    // Alerts of services carry their owner's team.
    for (const team of labels?.["team"] === undefined ? ["identity", "agents"] : [labels["team"]]) {
      const expected = alertname === "Watchdog" ? "dead-mans-switch" : receivers(severity, team);
      expect(await routed({ alertname, severity, team, environment: "prod" }), team).toBe(expected);
    }
  });

  it("of another environment leads to nobody", async () => {
    expect(await routed({ alertname: "ServiceDown", severity: "critical", environment: "dev" })).toBe("nobody");
  });
});

describe("a real Alertmanager with the configuration of prod", () => {
  it("delivers a group once, and not what its cause explains", async () => {
    const posts: { readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[] }[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        if (request.url === "/on-call")
          posts.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof posts)[number]);
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const receivers = join(folder, "receivers");
    mkdirSync(receivers, { recursive: true });
    for (const name of ["on-call", "on-call-chat", "agents-chat", "dead-mans-switch"])
      writeFileSync(join(receivers, name), `http://127.0.0.1:${port}/${name}`);
    const free = await freePort();
    // The release that can be built knows no payloads of chats; everything else is as rendered.
    const config = renderedWithoutPayloads(written("prod", receivers));
    const program = spawn(
      programPath("alertmanager", "alertmanager"),
      [
        `--config.file=${config}`,
        `--storage.path=${join(folder, "data")}`,
        `--web.listen-address=127.0.0.1:${free}`,
        "--cluster.listen-address=",
      ],
      { stdio: "ignore" },
    );
    try {
      const url = `http://127.0.0.1:${free}`;
      await until(async () => (await fetch(`${url}/-/ready`)).ok);
      const alert = (alertname: string, severity: string, more: Readonly<Record<string, string>> = {}) => ({
        labels: { alertname, severity, environment: "prod", team: "identity", service: "auth-service", ...more },
      });
      const sent = [
        alert("ServiceDown", "critical"),
        alert("ErrorBudgetBurnFast", "critical"),
        alert("DatabaseInstanceDown", "critical", { pod: "a", service: "" }),
        alert("DatabaseInstanceDown", "critical", { pod: "b", service: "" }),
      ];
      // Prometheus repeats what fires; people hear of it once.
      for (let times = 0; times < 3; times++) {
        await fetch(`${url}/api/v2/alerts`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(sent),
        });
        await wait(1_000);
      }
      await until(() => Promise.resolve(posts.length >= 2));
      // As long again as a group waits at first.
      await wait(12_000);
      const told = posts.map(({ alerts }) => alerts.map(({ labels }) => labels["alertname"]).join(" ")).sort();
      expect(told).toEqual(["DatabaseInstanceDown DatabaseInstanceDown", "ServiceDown"]);
    } finally {
      program.kill("SIGTERM");
      server.closeAllConnections();
      server.close();
    }
  });
});

function renderedWithoutPayloads(path: string): string {
  const text = readFileSync(path, "utf8").replace(/^( *)payload:\n(?:\1 +.*\n)+/gm, "");
  const plain = join(folder, "plain.yml");
  writeFileSync(plain, text);
  return plain;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds().catch(() => false)) return;
    await wait(200);
  }
  throw new Error("It did not come to be within a minute.");
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
