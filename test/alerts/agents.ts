import type { AlertCase, Series } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

/** Calls of an agent and those that fail, per 15 s; failures carry a label more, which broke the plan's rule. */
function calls(all: number, failed: number, samples: number): Series {
  return {
    'ai_agent_requests_total{agent_name="xiaoai"}': `0+${all}x${samples}`,
    'ai_agent_requests_failed_total{agent_name="xiaoai", reason="timeout"}': `0+${failed}x${samples}`,
  };
}

/** Diagnoses begun and completed per 15 s. */
function diagnoses(started: number, completed: number, samples: number): Series {
  return {
    suoke_diagnosis_started_total: `0+${started}x${samples}`,
    suoke_diagnosis_completed_total: `0+${completed}x${samples}`,
  };
}

const xiaoai = { agent_name: "xiaoai", severity: "warning", team: "agents" };

export const agentCases: readonly AlertCase[] = [
  {
    alert: "AIAgentHighErrorRate",
    fires: [{ series: calls(100, 11, 60), at: "3m15s", labels: [xiaoai] }],
    silent: [
      { series: calls(100, 11, 60), at: "3m" },
      { series: calls(100, 10, 60), at: "14m" },
      // Two calls in five minutes, one of them failed.
      {
        series: {
          'ai_agent_requests_total{agent_name="xiaoai"}': "0x19 1x19 2x40",
          'ai_agent_requests_failed_total{agent_name="xiaoai"}': "0x19 1x60",
        },
        at: "9m",
      },
    ],
    resolves: {
      series: {
        'ai_agent_requests_total{agent_name="xiaoai"}': "0+100x80",
        'ai_agent_requests_failed_total{agent_name="xiaoai"}': "0+20x24 480x60",
      },
      firedAt: "5m",
      at: "14m",
    },
  },
  level({
    alert: "AIAgentAccuracyLow",
    series: (value) => ({ 'suoke_ai_agent_accuracy_ratio{agent_name="xiaoai"}': value }),
    bad: 0.949,
    good: 0.95,
    seconds: 3600,
    labels: [xiaoai],
  }),
  {
    alert: "DiagnosisCompletionLow",
    fires: [{ series: diagnoses(1000, 979, 200), at: "30m15s", labels: [{ severity: "warning", team: "health" }] }],
    silent: [
      { series: diagnoses(1000, 979, 200), at: "30m" },
      { series: diagnoses(1000, 981, 200), at: "45m" },
      // Forty-nine are too few to judge by.
      {
        series: { suoke_diagnosis_started_total: "0x10 49x200", suoke_diagnosis_completed_total: "0x10 1x200" },
        at: "45m",
      },
    ],
    resolves: {
      series: {
        suoke_diagnosis_started_total: "0+1000x160 160000+1000x1600",
        suoke_diagnosis_completed_total: "0+900x160 144000+1000x1600",
      },
      firedAt: "40m",
      at: "7h",
    },
  },
  {
    alert: "SagaCompensationFailed",
    fires: [
      {
        series: { 'suoke_saga_compensations_failed_total{saga="consultation"}': "0x10 1x40" },
        at: "2m45s",
        labels: [{ saga: "consultation", severity: "critical", team: "health" }],
      },
    ],
    silent: [{ series: { 'suoke_saga_compensations_failed_total{saga="consultation"}': "3x60" }, at: "12m" }],
    resolves: {
      series: { 'suoke_saga_compensations_failed_total{saga="consultation"}': "0x10 1x240" },
      firedAt: "40m",
      at: "43m",
    },
  },
  level({
    alert: "UserSatisfactionLow",
    series: (value) => ({ suoke_user_satisfaction_score: value }),
    bad: 4.49,
    good: 4.5,
    seconds: 6 * 3600,
    labels: [{ severity: "warning", team: "engagement" }],
  }),
];
