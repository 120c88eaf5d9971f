/** Pulumi's type of a kind, as the SDK names it: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`. */
export function resourceType(apiVersion: string, kind: string): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}
