import type { AuditExemption } from "./audit.ts";

/** Known faults of npm packages that are let pass. `./suoke audit` fails for one that has expired, or that nothing needs. */
export const auditExemptions: readonly AuditExemption[] = [];
