import { environmentNamed } from "../stacks/load.ts";
import { deliveryEngine } from "./engine.ts";

/** Exit code 1 when an environment is not what it should be, 2 when it could not be looked at. */
export async function driftCommand(env: string, options: { readonly engine?: string }): Promise<void> {
  const environment = environmentNamed(env);
  const drift = await deliveryEngine(options.engine).drift(environment);
  if (drift === undefined) {
    process.stdout.write(`${environment} is what it should be.\n`);
    return;
  }
  process.stdout.write(
    `${drift.trimEnd()}\n\n${environment} is not what it should be: see docs/runbooks/hand-fix.md. The next deployment undoes this.\n`,
  );
  process.exitCode = 1;
}
