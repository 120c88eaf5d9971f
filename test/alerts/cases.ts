import type { AlertCase } from "../support/metrics/cases.ts";
import { agentCases } from "./agents.ts";
import { dataCases } from "./data.ts";
import { platformCases } from "./platform.ts";
import { serviceCases } from "./services.ts";

/** The proof of every alert. */
export const alertCases: readonly AlertCase[] = [...serviceCases, ...agentCases, ...dataCases, ...platformCases];
