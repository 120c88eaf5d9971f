import type { Command } from "commander";
import { Option } from "commander";
import { environmentNames } from "../stacks/environment.ts";
import type { RolloutOptions } from "./rollout.ts";

const help = `
Examples:
  ./suoke rollout prod auth-service --canary sha256:4f53…    starts its pods, without requests
  ./suoke rollout prod auth-service --weight 10              sends a tenth of the public requests there
  ./suoke rollout prod auth-service --weight 50 --gate --prometheus-url http://localhost:9090
  ./suoke rollout prod auth-service --promote                once, and again after each deployment, until it is done
  ./suoke rollout prod auth-service --abort --push           takes the requests back; again to remove the pods
  ./suoke rollout staging user-service --green v2.0.0        starts a second version at full scale
  ./suoke rollout staging user-service --flip                sends everything to it, or back

Each call is one step: it edits Pulumi.<env>.yaml and commits it; the pipeline, or pulumi up, applies it. docs/edge.md says more.`;

/** The command that shifts requests between two versions of a service. */
export function addRollout(program: Command): void {
  program
    .command("rollout")
    .description("take the next step from one version of a service to another, as a commit of the settings")
    .argument("<env>", environmentNames.join(", "))
    .argument("<service>", "a service that the environment runs")
    .option("--canary <version>", "start a second version beside the service, with weight 0")
    .option("--weight <percent>", "send this share of the public requests to the canary, with pods for it")
    .option("--green <version>", "start a second version at full scale, without requests")
    .option("--flip", "send all requests to the other of blue and green")
    .option("--promote", "make the new version the service's own, step by step")
    .option("--abort", "take the requests back from the new version, then remove it")
    .option("--gate", "first ask Prometheus whether the step before kept what the service promises; abort if not")
    .addOption(new Option("--prometheus-url <url>", "where the gate asks").env("PROMETHEUS_URL"))
    .option("--samples <requests>", "that the gate judges by; as many as the promise needs unless given")
    .option("--over <time>", "that the gate looks at, such as 30m; since the step before unless given")
    .option("--context <name>", "the cluster's context in the kubeconfig, instead of the one that the settings name")
    .addOption(
      new Option("-e, --engine <engine>", "whose cluster is asked; embedded is for trying it out")
        .choices(["pulumi", "embedded"])
        .env("SUOKE_ENGINE")
        .default("pulumi"),
    )
    .option("--push", "push it as well, on top of what others have pushed meanwhile")
    .option("--dry-run", "say what would change, and write nothing")
    .option("--json", "for machines")
    .addHelpText("after", help)
    .action(async (env: string, service: string, options: RolloutOptions) => {
      await (await import("./rollout.ts")).rolloutCommand(env, service, options);
    });
}
