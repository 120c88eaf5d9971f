import { UsageError, suggest } from "../policies/finding.ts";

/** `markdown=report.md`. @throws {UsageError} for anything else, or a format that is not one of `formats` */
export function outputNamed<Format extends string>(
  text: string,
  formats: readonly Format[],
): { readonly format: Format; readonly path: string } {
  const [, name = "", path = ""] = /^([a-z]+)=(.+)$/.exec(text) ?? [];
  const format = formats.find((known) => known === name);
  if (format === undefined || path === "") {
    throw new UsageError(`"${text}" is no output: write <format>=<file>. ${suggest(name, formats)}`);
  }
  return { format, path };
}
