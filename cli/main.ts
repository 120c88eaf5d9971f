import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { Findings, UsageError } from "../policies/finding.ts";
import { risks } from "../review/risk.ts";
import { environmentNames } from "../stacks/environment.ts";
import type { AuditOptions } from "./audit.ts";
import type { CheckOptions } from "./check.ts";
import { checkFormats, formats } from "./format-names.ts";
import type { DiffOptions } from "./diff.ts";
import { addConfiguration } from "./main-configuration.ts";
import { addDelivery } from "./main-delivery.ts";
import { addRollout } from "./main-rollout.ts";

const environments = environmentNames.join(", ");

/** Commands load what they do when they are called, so that `--help` answers at once. */
function commandLine(): Command {
  const program = new Command("suoke")
    .description("The Suoke Life platform on the command line.")
    .addHelpText("after", "\nExit codes: 0 fine, 1 a finding, 2 wrong use or something that could not be judged.")
    .showHelpAfterError("Run with --help for what there is.");

  program
    .command("render")
    .description("print the Kubernetes objects of an environment as YAML, secrets masked")
    .argument("<env>", `${environments}, or cluster/<name> for what a cluster's environments share`)
    .option("-c, --component <name>", "only this component")
    .option("-o, --out <folder>", "write one file per component instead")
    .addHelpText("after", example("./suoke render prod -c auth-service", "./suoke render cluster/local -o /tmp/local"))
    .action(async (env: string, options: { component?: string; out?: string }) => {
      (await import("./render.ts")).renderCommand(env, options);
    });

  program
    .command("diff")
    .description("say what changes, and what the changes can do")
    .argument("[env...]", `${environments}, or cluster/<name>; all of them unless given`)
    .option("--from <revision>", "compare this revision … (HEAD unless given)")
    .option("--to <revision>", "… with this one (the working tree unless given)")
    .option("--env-from <env>", "compare this environment …")
    .option("--env-to <env>", "… with this one")
    .option("--live", "compare what runs in the environment's cluster with what would run")
    .option("--context <name>", "the cluster's context in the kubeconfig, instead of the one that the settings name")
    .option("--preview <file...>", "add what these outputs of pulumi preview --json know")
    .addOption(new Option("--fail-on <class>", "exit code 1 for this class and worse ones").choices(risks))
    .option("--approve <class|rule...>", "except these")
    .option("--labels <list>", `and those that labels of a merge request approve, such as approve:restart`)
    .addOption(new Option("-f, --format <format>", "what to print").choices(formats).default("terminal"))
    .option("-o, --out <format=file...>", "write these formats to files as well")
    .option("--link <url>", "where the whole report is, for a comment that has to be shortened")
    .addOption(
      new Option(
        "--limit <characters>",
        "most that a comment (markdown) may have; 300000 unless given, so that three fit in one",
      ).argParser(positive),
    )
    .addHelpText(
      "after",
      example(
        "./suoke diff",
        "./suoke diff prod --from main --fail-on replacement --out markdown=diff.md html=diff.html",
        "./suoke diff --env-from staging --env-to prod",
        "./suoke diff dev --live",
      ),
    )
    .action(async (names: readonly string[], options: DiffOptions) => {
      await (await import("./diff.ts")).diffCommand(names, options);
    });

  program
    .command("graph")
    .description("print who needs what")
    .argument("[env]", "only the services that this environment runs")
    .addOption(
      new Option("-f, --format <format>", "what to print").choices(["mermaid", "dot", "json"]).default("mermaid"),
    )
    .addHelpText("after", example("./suoke graph prod --format dot | dot -Tsvg -o graph.svg"))
    .action(async (env: string | undefined, options: { format: "mermaid" | "dot" | "json" }) => {
      (await import("./graph.ts")).graphCommand(env, options);
    });

  program
    .command("up")
    .description("run an environment on the embedded cluster, which is started when it does not run")
    .argument("[env]", environments, "dev")
    .addOption(
      new Option("-e, --engine <engine>", "who applies the objects; pulumi when it is installed, unless given")
        .choices(["kubectl", "pulumi"])
        .env("ENGINE"),
    )
    .addHelpText("after", example("./suoke up", "./suoke up prod --engine kubectl"))
    .action(async (env: string, options: { engine?: "kubectl" | "pulumi" }) => {
      await (await import("./up.ts")).upCommand(env, options);
    });

  program
    .command("status")
    .description("show how far the rollouts on the embedded cluster are")
    .argument("[env]", `${environments}; all of them unless given`)
    .option("--json", "for machines")
    .addHelpText("after", example("./suoke status", "./suoke status dev --json"))
    .action(async (env: string | undefined, options: { json?: true }) => {
      await (await import("./status.ts")).statusCommand(env, options);
    });

  program
    .command("budget")
    .description("add up the connections and the memory that may be asked of PostgreSQL at the largest scale")
    .argument("<env>", environments)
    .option("--json", "for machines")
    .addHelpText("after", example("./suoke budget prod", "./suoke budget staging --json"))
    .action(async (env: string, options: { json?: true }) => {
      (await import("./budget.ts")).budgetCommand(env, options);
    });

  program
    .command("check")
    .description("judge stacks by every rule; exit code 1 when something must not be applied as it is")
    .argument("[env...]", `${environments}, or cluster/<name>; all of them unless given`)
    .addOption(new Option("-f, --format <format>", "what to print").choices(checkFormats).default("table"))
    .option("-o, --out <format=file...>", "write these formats to files as well")
    .option("--no-expiry", "leave out exemptions that have expired, which are no fault of a change")
    .addHelpText("after", example("./suoke check prod", "./suoke check --out sarif=policies.sarif junit=policies.xml"))
    .action(async (names: readonly string[], options: CheckOptions) => {
      (await import("./check.ts")).checkCommand(names, options, today());
    });

  program
    .command("policies")
    .description("list what is exempt from a rule, why and until when; exit code 1 when an exemption has expired")
    .option("--rules", "list the rules instead, with what they stand for in scanners")
    .option("--json", "for machines")
    .addHelpText("after", example("./suoke policies", "./suoke policies --rules --json"))
    .action(async (options: { json?: true; rules?: true }) => {
      (await import("./policies.ts")).policiesCommand(options, today());
    });

  program
    .command("audit")
    .description("ask npm's registry for known faults of the locked packages; exit code 2 when it does not answer")
    .option("--advisories <folder>", "read a copy of GitLab's advisory database (gemnasium-db) instead")
    .addHelpText("after", example("./suoke audit", "./suoke audit --advisories ../gemnasium-db"))
    .action(async (options: AuditOptions) => {
      await (await import("./audit.ts")).auditCommand(options, today());
    });

  program
    .command("sbom")
    .description("print what the platform is made of: npm, Go, Python, images, charts, in CycloneDX")
    .option("-o, --out <file>", "write it there instead")
    .action(async (options: { out?: string }) => {
      (await import("./sbom.ts")).sbomCommand(options);
    });

  program
    .command("down")
    .description("remove an environment from the embedded cluster, or the whole cluster")
    .argument("[env]", `${environments}; the whole cluster unless given`)
    .addHelpText("after", example("./suoke down dev", "./suoke down"))
    .action(async (env: string | undefined) => {
      await (await import("./down.ts")).downCommand(env);
    });

  program
    .command("pulumi")
    .description("run the Pulumi CLI for a stack on the embedded cluster, with a copy of its settings")
    .argument("<stack>", `${environments}, or cluster for what they share`)
    .argument("[args...]", "what to run, after --")
    .addHelpText("after", example("./suoke pulumi dev -- preview --diff", "./suoke pulumi cluster -- stack"))
    .action(async (stack: string, args: readonly string[]) => {
      await (await import("./pulumi.ts")).pulumiCommand(stack, args);
    });

  program
    .command("slo")
    .description("print what each service promises, and from which ratio on somebody is told")
    .argument("<env>", environments)
    .addHelpText("after", example("./suoke slo prod"))
    .action(async (env: string) => {
      (await import("./slo.ts")).sloCommand(env);
    });

  program
    .command("toolchain")
    .description("build the programs of the embedded cluster, which up and the tests do when they need them")
    .action(async () => {
      await (await import("./toolchain.ts")).toolchainCommand();
    });

  addDelivery(program);
  addRollout(program);
  addConfiguration(program);

  program
    .command("generate")
    .description("write everything that is generated: the catalogue's index, schemas, goldens, pictures")
    .option("--check", "write nothing; fail when something is stale")
    .action(async (options: { check?: true }) => {
      await (await import("./generate.ts")).generateCommand(options);
    });

  return program;
}

/** `2026-11-24` */
function today(): string {
  return new Date().toISOString().slice(0, "2026-11-24".length);
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value <= 0) throw new InvalidArgumentError("Write a number above 0.");
  return value;
}

/** A command and all below it. */
function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap((each) => everyCommand(each))];
}

function example(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Findings || error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    return error instanceof Findings ? 1 : 2;
  }
  // A defect of ours: the trace is for whoever mends it.
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return 2;
}

// Ending by exit runs the handlers that stop child processes and release locks.
process.on("SIGINT", () => process.exit(130));
process.on("SIGTERM", () => process.exit(143));
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough, such as head, is no error: what was found before counts.
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`The result could not be written: ${error.message}.\n`);
  process.exit(2);
});

try {
  const program = commandLine();
  for (const command of everyCommand(program)) command.exitOverride();
  await program.parseAsync();
} catch (error) {
  process.exitCode = fail(error);
}
