import { describe, expect, it } from "vitest";
import { child } from "../../bench/measure.ts";

// Its figures are measured by `make bench`, which takes an hour; that its ways still do the same work is seen in a second.
describe("the benchmark of registering", () => {
  it("registers as much one by one as the program does", async () => {
    const registered = async (way: string): Promise<number> =>
      (await child<{ registrations: number }>("registration.ts", way, "2")).registrations;
    const [ours, naive] = await Promise.all([registered("ours"), registered("naive")]);
    expect(ours).toBeGreaterThan(2);
    expect(naive).toBe(ours);
  });
});

describe("the benchmarks of rendering and of reviewing", () => {
  it.each(["render.ts", "review.ts"])("%s still does its work", async (program) => {
    const { peakMB } = await child<{ peakMB: number }>(program, "2", "1", "ours");
    expect(peakMB).toBeGreaterThan(0);
  });
});
