import type { Unseen } from "./rule.ts";

/** What an object is let off, as scanners read it from its annotations. */
export function scannerAnnotations(waived: readonly Omit<Unseen, "object">[]): Record<string, string> {
  const each = (ids: (scanners: Unseen["scanners"]) => readonly string[] | undefined): (readonly [string, string])[] =>
    waived.flatMap(({ scanners, because }) => (ids(scanners) ?? []).map((id) => [id, because] as const));
  const kubeScore = each((scanners) => scanners.kubeScore).map(([id]) => id);
  return {
    ...Object.fromEntries(
      each((scanners) => scanners.checkov).map(([id, because], index) => [
        `checkov.io/skip${index + 1}`,
        `${id}=${because}`,
      ]),
    ),
    ...(kubeScore.length === 0 ? {} : { "kube-score/ignore": [...new Set(kubeScore)].sort().join(",") }),
    ...Object.fromEntries(
      each((scanners) => scanners.kubeLinter).map(([id, because]) => [`ignore-check.kube-linter.io/${id}`, because]),
    ),
    ...Object.fromEntries(
      each((scanners) => scanners.polaris).map(([id]) => [`polaris.fairwinds.com/${id}-exempt`, "true"]),
    ),
  };
}
