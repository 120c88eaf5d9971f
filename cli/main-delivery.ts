import type { Command } from "commander";
import { environmentNames } from "../stacks/environment.ts";
import type { ImageOptions } from "./image.ts";
import type { PromoteOptions } from "./promote.ts";
import type { RollbackOptions } from "./rollback.ts";

const environments = environmentNames.join(", ");
const push = "push it as well, on top of what others have pushed meanwhile";

/** The commands that bring a change to an environment, and take it back. Pipelines run these, and people can. */
export function addDelivery(program: Command): void {
  const image = program.command("image").description("which version of a service's image an environment runs");
  image
    .command("set")
    .description("commit another version of a service's image to an environment's stack file")
    .argument("<service>", "a service that the environment runs")
    .argument("<version>", "a digest sha256:…, or tag@digest")
    .requiredOption("-e, --env <env>", environments)
    .option("--push", push)
    .option("--source <source>", "where the image comes from, such as identity/auth-service@1a2b3c4")
    .option("--committed-at <time>", "when that source was committed, for the lead time")
    .action(async (service: string, version: string, options: ImageOptions) => {
      await (await import("./image.ts")).imageSetCommand(service, version, options);
    });

  program
    .command("promote")
    .description("commit the digests that the environment before has shown to work")
    .argument("<env>", environments)
    .argument("[service...]", "only these")
    .option("--push", push)
    .option("--merge-request", "push it to a branch, and ask for a merge request")
    .action(async (env: string, services: readonly string[], options: PromoteOptions) => {
      await (await import("./promote.ts")).promoteCommand(env, services, options);
    });

  program
    .command("rollback")
    .description("commit the settings that were last in good health, and say what cannot be taken back")
    .argument("<env>", environments)
    .argument("[service]", "only the image of this one")
    .option("--to <commit>", "the healthy deployment to go back to")
    .option("--reason <text>", "why, for the commit and the ledger")
    .option("--push", push)
    .action(async (env: string, service: string | undefined, options: RollbackOptions) => {
      await (await import("./rollback.ts")).rollbackCommand(env, service, options);
    });

  const ledger = program.command("ledger").description("what has run where, and how it went");
  ledger
    .command("show")
    .description("list an environment's deployments")
    .argument("<env>", environments)
    .option("--json", "for machines")
    .action(async (env: string, options: { json?: true }) => {
      await (await import("./ledger.ts")).ledgerShowCommand(env, options);
    });
  ledger
    .command("check")
    .description("fail when an environment would run what the one before it has not shown to work")
    .argument("<env>", environments)
    .action(async (env: string) => {
      await (await import("./ledger.ts")).ledgerCheckCommand(env);
    });
  ledger
    .command("record")
    .description("record how a deployment of what is checked out went")
    .argument("<env>", environments)
    .requiredOption("--result <result>", "healthy or failed")
    .action(async (env: string, options: { result: string }) => {
      await (await import("./ledger.ts")).ledgerRecordCommand(env, options);
    });
}
