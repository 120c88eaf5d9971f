import type { AlertCase } from "../support/metrics/cases.ts";
import { agentCases } from "./agents.ts";
import { edgeCases } from "./edge.ts";
import { nodeCases } from "./nodes.ts";
import { platformCases } from "./platform.ts";
import { postgresCases } from "./postgres.ts";
import { redisCases } from "./redis.ts";
import { sagaCases } from "./sagas.ts";
import { serviceCases } from "./services.ts";
import { telemetryCases } from "./telemetry.ts";
import { workloadCases } from "./workloads.ts";

/** The proof of every alert. */
export const alertCases: readonly AlertCase[] = [
  ...serviceCases,
  ...agentCases,
  ...postgresCases,
  ...redisCases,
  ...sagaCases,
  ...edgeCases,
  ...platformCases,
  ...telemetryCases,
  ...workloadCases,
  ...nodeCases,
];
