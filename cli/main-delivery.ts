import type { Command } from "commander";
import { Option } from "commander";
import { environmentNames } from "../stacks/environment.ts";
import type { DeployOptions } from "./deploy.ts";
import type { DoraOptions } from "./dora.ts";
import type { ImageOptions } from "./image.ts";
import type { PromoteOptions } from "./promote.ts";
import type { RecoverOptions } from "./recover.ts";
import type { RollbackOptions } from "./rollback.ts";
import type { RotateOptions } from "./rotate.ts";
import type { SmokeOptions } from "./smoke.ts";

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

  program
    .command("deploy")
    .description("bring what is checked out to an environment, look whether it works, and record it")
    .argument("<env>", environments)
    .addOption(engine())
    .option("--rollback", "go back to what was last in good health when it does not work")
    .option("--override <reason>", "why a freeze or a spent error budget does not hold this up")
    .addOption(new Option("--prometheus-url <url>", "where the error budget is asked for").env("PROMETHEUS_URL"))
    .addOption(smokeUrl())
    .addOption(tracesUrl())
    .addOption(logsUrl())
    .action(async (env: string, options: DeployOptions) => {
      await (await import("./deploy.ts")).deployCommand(env, options);
    });

  program
    .command("preflight")
    .description("ask an environment's cluster for all that it needs: version, kinds, rights, storage, quota")
    .argument("<env>", environments)
    .addOption(engine())
    .action(async (env: string, options: { engine?: string }) => {
      await (await import("./preflight-environment.ts")).preflightCommand(env, options);
    });

  program
    .command("smoke")
    .description("look whether an environment works: rollouts, every public route, a trace, a log line")
    .argument("<env>", environments)
    .addOption(engine())
    .addOption(smokeUrl())
    .addOption(tracesUrl())
    .addOption(logsUrl())
    .action(async (env: string, options: SmokeOptions) => {
      await (await import("./smoke.ts")).smokeCommand(env, options);
    });

  program
    .command("drift")
    .description("compare an environment with what it should be; exit code 1 when it differs")
    .argument("<env>", environments)
    .addOption(engine())
    .action(async (env: string, options: { engine?: string }) => {
      await (await import("./drift.ts")).driftCommand(env, options);
    });

  program
    .command("adopt")
    .description("commit the images that somebody set by hand in the cluster")
    .argument("<env>", environments)
    .addOption(engine())
    .action(async (env: string, options: { engine?: string }) => {
      await (await import("./adopt.ts")).adoptCommand(env, options);
    });

  program
    .command("rotate")
    .description("commit another rotation of secrets")
    .argument("<env>", environments)
    .argument("<id...>", "as docs/secrets.md lists them")
    .option("--push", push)
    .action(async (env: string, ids: readonly string[], options: RotateOptions) => {
      await (await import("./rotate.ts")).rotateCommand(env, ids, options);
    });

  program
    .command("recover")
    .description(
      "rebuild a lost state from the cluster: read back its secrets and the ids of every resource, then adopt them",
    )
    .argument("<env>", environments)
    .option("-o, --out <folder>", "read back to this folder; keep it out of git")
    .option("--set-secrets", "set the secrets with pulumi, and write no file of them")
    .option("--adopt", "take over what the cluster has into the state, which is empty, with Pulumi")
    .addOption(engine())
    .action(async (env: string, options: RecoverOptions) => {
      await (await import("./recover.ts")).recoverCommand(env, options);
    });

  program
    .command("comment")
    .description("put reports into one comment of the merge request that a pipeline is for")
    .argument("<file...>", "Markdown")
    .action(async (files: readonly string[]) => {
      await (await import("./comment.ts")).commentCommand(files);
    });

  program
    .command("dora")
    .description("how often is deployed, how fast, how well: from the ledger")
    .argument("[env...]", `${environments}; all of them unless given`)
    .option("--days <days>", "over this many days", "30")
    .option("--metrics", "print what Prometheus reads")
    .addOption(new Option("--push-gateway <url>", "send it there as well").env("PUSHGATEWAY_URL"))
    .action(async (names: readonly string[], options: DoraOptions) => {
      await (await import("./dora.ts")).doraCommand(names, options);
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

// Options are shared by commands, and commander keeps their values: so each command gets its own.
const engine = (): Option =>
  new Option("-e, --engine <engine>", "who applies; embedded is for trying a pipeline out")
    .choices(["pulumi", "embedded"])
    .env("SUOKE_ENGINE")
    .default("pulumi");
const smokeUrl = (): Option =>
  new Option("--url <url>", "where the platform's API is asked; its domain unless given").env("SMOKE_URL");
const tracesUrl = (): Option => new Option("--traces-url <url>", "Jaeger's query API").env("SMOKE_TRACES_URL");
const logsUrl = (): Option => new Option("--logs-url <url>", "Elasticsearch").env("SMOKE_LOGS_URL");
