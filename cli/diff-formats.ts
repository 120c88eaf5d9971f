import { styleText } from "node:util";
import { toCodeQuality, toJunit, toTerraform } from "../review/formats/gitlab.ts";
import { riskColours, toHtml } from "../review/formats/html.ts";
import { toMarkdown } from "../review/formats/markdown.ts";
import { plain, toTerminal } from "../review/formats/terminal.ts";
import { calls } from "../review/pictures.ts";
import type { Report } from "../review/report.ts";
import type { Risk } from "../review/risk.ts";
import { worst } from "../review/risk.ts";
import type { Format } from "./format-names.ts";
import { locator } from "./locator.ts";

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
