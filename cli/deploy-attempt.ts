import type { Deployment } from "../delivery/ledger.ts";
import { Findings, UsageError } from "../policies/finding.ts";

/** The parts of a deployment, each of which may fail by itself. */
export interface Attempt {
  /** Applies what is checked out, and looks whether it works. @throws {Findings | UsageError} when it does not */
  readonly apply: () => Promise<void>;
  /** Writes into the ledger how it went. @throws {UsageError} when it cannot be written */
  readonly record: (result: Deployment["result"]) => Promise<void>;
}

/**
 * Applies, looks, and records how it went.
 * @returns what went wrong; nothing when it works
 * @throws {UsageError} when it works, and that could not be recorded: no reason to take it back
 */
export async function attempt({ apply, record }: Attempt): Promise<string | undefined> {
  try {
    await apply();
  } catch (error) {
    const failure = said(error);
    // What failed is what people have to know; that it could not be recorded comes behind it.
    const unrecorded = await record("failed").then(
      () => [],
      (second: unknown) => [said(second)],
    );
    return [failure, ...unrecorded].join("\n");
  }
  await record("healthy");
  return undefined;
}

/** The message of what can go wrong; defects of ours go on. */
function said(error: unknown): string {
  if (error instanceof Findings || error instanceof UsageError) return error.message;
  throw error;
}
