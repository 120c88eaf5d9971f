import { compare } from "../kubernetes/names.ts";

/** What a lock file of npm says of a package. */
interface Locked {
  readonly version?: string;
  readonly license?: string;
}

/** Under which licences the locked packages are: licence → `name version`, both in order. */
export function licences(lock: { readonly packages: Readonly<Record<string, Locked>> }): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const [path, { version = "", license = "not stated" }] of Object.entries(lock.packages)) {
    const name = path.split("node_modules/").at(-1) ?? "";
    // The first entry is the project itself.
    if (name !== "") found.set(license, (found.get(license) ?? new Set()).add(`${name} ${version}`));
  }
  return new Map(
    [...found].sort(([a], [b]) => compare(a, b)).map(([licence, names]) => [licence, [...names].sort(compare)]),
  );
}

/** The same as a Markdown page. */
export function licencePage(lock: Parameters<typeof licences>[0]): string {
  return [
    "# Licences of the npm packages\n\nGenerated from package-lock.json by `make generate`. None of them is part of an image.\n",
    ...[...licences(lock)].map(
      ([licence, names]) => `\n## ${licence}\n\n${names.map((name) => `- ${name}\n`).join("")}`,
    ),
  ].join("");
}
