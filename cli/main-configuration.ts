import type { Command } from "commander";
import { environmentNames } from "../stacks/environment.ts";
import type { ConfigDiffOptions } from "./config-diff.ts";
import type { ConfigRestoreOptions } from "./config-restore.ts";

const environments = environmentNames.join(", ");

/** The commands around what stands in Consul. */
export function addConfiguration(program: Command): void {
  const config = program.command("config").description("what services read from Consul");
  config
    .command("diff")
    .description("say what a change does to the documents in Consul")
    .argument("<env>", environments)
    .option("--from <revision>", "compare with this revision", "HEAD")
    .option("--json", "for machines")
    .action(async (env: string, options: ConfigDiffOptions) => {
      await (await import("./config-diff.ts")).configDiffCommand(env, options);
    });
  config
    .command("restore")
    .description("bring back a snapshot of Consul, and then what is declared today")
    .argument("<env>", environments)
    .argument("[snapshot]", "its name, such as consul-20260131T030500Z.snap", "latest")
    .requiredOption("--yes", "what Consul holds now is replaced; a snapshot of it is taken first")
    .option("--context <context>", "of the cluster; the one in the settings unless given")
    .option("--timeout <seconds>", "how long to wait for its end", "1800")
    .action(async (env: string, snapshot: string, options: ConfigRestoreOptions) => {
      await (await import("./config-restore.ts")).configRestoreCommand(env, snapshot, options);
    });
}
