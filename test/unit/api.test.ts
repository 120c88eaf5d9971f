import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Answer } from "../../cli/api.ts";
import { patiently, withApi } from "../../cli/api.ts";

/** A server that gives these answers in turn, the last of them for ever. */
function server(...statuses: readonly number[]): { api: () => Promise<Answer>; asked: () => number } {
  let asked = 0;
  return {
    api: () => {
      const status = statuses[Math.min(asked, statuses.length - 1)] ?? 0;
      asked += 1;
      return Promise.resolve({ status, body: {} });
    },
    asked: () => asked,
  };
}

const noPause = (): Promise<void> => Promise.resolve();
const call = { method: "GET", path: "/apis" } as const;

describe("a server that is busy", () => {
  it("is asked again until it answers", async () => {
    const { api, asked } = server(429, 429, 200);
    expect((await patiently(api, noPause)(call)).status).toBe(200);
    expect(asked()).toBe(3);
  });

  it("has the last word when it stays busy", async () => {
    const { api, asked } = server(429);
    expect((await patiently(api, noPause)(call)).status).toBe(429);
    expect(asked()).toBe(16);
  });

  it("is not asked again after any other answer", async () => {
    const { api, asked } = server(404, 200);
    expect((await patiently(api, noPause)(call)).status).toBe(404);
    expect(asked()).toBe(1);
  });
});

describe("kubectl proxy", () => {
  /** Stands for kubectl: listens on the socket that it is given, and breaks off in the middle of each answer. */
  const standIn = `#!${process.execPath}
const { createServer } = require("node:http");
const socket = process.argv[process.argv.indexOf("--unix-socket") + 1];
const server = createServer((request, response) => {
  response.writeHead(200, { "content-length": 1000 });
  response.write("{", () => response.destroy());
});
server.listen(socket, () => console.log("Starting to serve on " + socket));
`;

  it("that breaks off in the middle of an answer is told, and not waited for", async () => {
    const folder = mkdtempSync(join(tmpdir(), "suoke-proxy-"));
    try {
      const kubectl = join(folder, "kubectl");
      writeFileSync(kubectl, standIn, { mode: 0o755 });
      await expect(withApi({ kubectl, context: "c" }, (api) => api(call))).rejects.toThrow(
        "The cluster of context c could not be asked: aborted.",
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
