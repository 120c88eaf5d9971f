import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { styleText } from "node:util";
import { root } from "../local/paths.ts";
import type { Locate, Location } from "../review/formats/gitlab.ts";
import { toCodeQuality, toJunit, toTerraform } from "../review/formats/gitlab.ts";
import { riskColours, toHtml } from "../review/formats/html.ts";
import { toMarkdown } from "../review/formats/markdown.ts";
import { plain, toTerminal } from "../review/formats/terminal.ts";
import { calls } from "../review/pictures.ts";
import type { Report } from "../review/report.ts";
import type { Risk } from "../review/risk.ts";
import { worst } from "../review/risk.ts";
import type { Format } from "./format-names.ts";

export interface FormatOptions {
  readonly colour?: boolean;
  /** Where the whole report can be seen, for a comment that has to be shortened. */
  readonly link?: string;
  /** Most characters of the comment. */
  readonly limit?: number;
}

/** A report in a format. */
export async function rendered(report: Report, format: Format, options: FormatOptions): Promise<string> {
  switch (format) {
    case "terminal":
      return toTerminal(
        report,
        options.colour === true ? (style, text) => styleText(style, text, { validateStream: false }) : plain,
      );
    case "markdown":
      return toMarkdown(report, options);
    case "html":
      return toHtml(report, await picture(report));
    case "json":
      return `${JSON.stringify(report, null, 2)}\n`;
    case "terraform":
      return toTerraform(report);
    case "codequality":
      return toCodeQuality(report, locator());
    case "junit":
      return toJunit(report, locator());
  }
}

/** The services, coloured by the worst that happens to them. Graphviz is loaded for this format alone. */
async function picture(report: Report): Promise<string> {
  const [{ instance }, { services }, { dependencyGraph }] = await Promise.all([
    import("@viz-js/viz"),
    import("../catalogue/services.ts"),
    import("../review/graph.ts"),
  ]);
  const found = new Map<string, Risk[]>();
  for (const { component, risk } of report.environments.flatMap(({ changes }) => changes)) {
    found.set(component, [...(found.get(component) ?? []), risk]);
  }
  const fills = Object.fromEntries([...found].map(([name, all]) => [name, riskColours[worst(all)]]));
  return (await instance()).renderString(calls(dependencyGraph(services), fills), { format: "svg" });
}

/** Finds objects in the golden files of the working tree, which are what a reviewer sees beside the widgets. */
function locator(): Locate {
  const files = new Map<string, string>();
  return (environment, component, kind, name): Location => {
    const path = `test/golden/${environment.replace("/", "-")}/${component}.yaml`;
    if (component === "" || !existsSync(join(root, path))) return { path: stackFile(environment), line: 1 };
    const yaml = files.get(path) ?? readFileSync(join(root, path), "utf8");
    files.set(path, yaml);
    return { path, line: lineOf(yaml, kind, name) };
  };
}

/** What is not in a golden file is looked up where the environment's settings are. */
function stackFile(environment: string): string {
  const cluster = /^cluster\/(.*)$/.exec(environment)?.[1];
  return cluster === undefined ? `Pulumi.${environment}.yaml` : `cluster/Pulumi.${cluster}.yaml`;
}

/** The line on which an object begins: 1 for one that is not there. */
function lineOf(yaml: string, kind: string, name: string): number {
  let start = 1;
  let kindFits = false;
  for (const [index, line] of yaml.split("\n").entries()) {
    if (line === "---") [start, kindFits] = [index + 2, false];
    if (line === `kind: ${kind}`) kindFits = true;
    if (kindFits && line === `  name: ${name}`) return start;
  }
  return 1;
}
