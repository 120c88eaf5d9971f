import { dataLoss } from "./data-loss.ts";
import { operators } from "./operators.ts";
import type { CorpusPair } from "./pair.ts";
import { replacement } from "./replacement.ts";
import { restart } from "./restart.ts";
import { safe } from "./safe.ts";
import { securityWeakening } from "./security-weakening.ts";
import { tracks } from "./tracks.ts";
import { trafficInterruption } from "./traffic-interruption.ts";

/** Changes and what they do, written from Kubernetes' documentation; a test asks a real API server about them. */
export const corpus: readonly CorpusPair[] = [
  ...dataLoss,
  ...replacement,
  ...trafficInterruption,
  ...tracks,
  ...securityWeakening,
  ...restart,
  ...safe,
  ...operators,
];
