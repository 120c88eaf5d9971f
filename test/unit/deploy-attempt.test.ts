import { describe, expect, it } from "vitest";
import { attempt } from "../../cli/deploy-attempt.ts";
import { UsageError } from "../../policies/finding.ts";

const works = (): Promise<void> => Promise.resolve();
const fails = (message: string) => (): Promise<void> => Promise.reject(new UsageError(message));

describe("an attempt to deploy", () => {
  it("is recorded as it went", async () => {
    const recorded: string[] = [];
    const record = (result: string): Promise<void> => {
      recorded.push(result);
      return Promise.resolve();
    };
    expect(await attempt({ apply: works, record })).toBeUndefined();
    expect(await attempt({ apply: fails("no pods"), record })).toBe("no pods");
    expect(recorded).toEqual(["healthy", "failed"]);
  });

  it("that works has not failed when that cannot be recorded", async () => {
    const recorded: string[] = [];
    const record = (result: string): Promise<void> => {
      recorded.push(result);
      return Promise.reject(new UsageError("no ledger"));
    };
    await expect(attempt({ apply: works, record })).rejects.toThrow("no ledger");
    expect(recorded).toEqual(["healthy"]);
  });

  it("that fails says why, also when that cannot be recorded", async () => {
    expect(await attempt({ apply: fails("no pods"), record: fails("no ledger") })).toBe("no pods\nno ledger");
  });

  it("does not hide a defect", async () => {
    const defect = (): Promise<void> => Promise.reject(new TypeError("defect"));
    await expect(attempt({ apply: defect, record: works })).rejects.toThrow(TypeError);
  });
});
