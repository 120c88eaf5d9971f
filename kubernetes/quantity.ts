/** Kubernetes quantities as numbers (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/). */

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The value of a quantity in its base unit (cores, bytes, pieces).
 * @throws when the text is not a quantity, naming it.
 */
export function parseQuantity(text: string | number): number {
  const match = /^([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(String(text));
  const factor = suffixes[match?.[2] ?? ""];
  if (match?.[1] === undefined || factor === undefined) {
    throw new Error(
      `"${text}" is not a Kubernetes quantity. Write a number with an optional suffix, such as 250m or 512Mi.`,
    );
  }
  return Number(match[1]) * factor;
}

/** Whether an amount is more than there is. Decimal fractions add up inexactly: 0.1 and 0.2 cores are no more than 0.3. */
export function exceeds(amount: number, limit: number): boolean {
  return amount > limit * (1 + 1e-12);
}

/** A number of cores as Kubernetes writes it: `250m`, `2`. */
export function formatCores(cores: number): string {
  const millis = Math.round(cores * 1000);
  return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
}

/** A number of bytes in the largest binary unit that holds it exactly: `512Mi`, `2Gi`. */
export function formatBytes(bytes: number): string {
  for (const unit of ["Pi", "Ti", "Gi", "Mi", "Ki"]) {
    const size = suffixes[unit];
    if (size !== undefined && bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}
