import { describe, expect, it } from "vitest";
import type { Answer } from "../../cli/api.ts";
import { patiently } from "../../cli/api.ts";

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
