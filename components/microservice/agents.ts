import type { Dashboard } from "../monitoring/dashboard.ts";
import { panel } from "../monitoring/dashboard.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";

/** Of what agents and diagnoses are about: the plan's business indicators, which only an application can count. */
const exposed = {
  by: "agents and health-data-service (docs/metrics.md)",
  metrics: [
    "ai_agent_requests_total",
    "ai_agent_requests_failed_total",
    "suoke_ai_agent_accuracy_ratio",
    "suoke_diagnosis_started_total",
    "suoke_diagnosis_completed_total",
    "suoke_user_satisfaction_score",
    "suoke_saga_compensations_failed_total",
  ],
};

const dashboard: Dashboard = {
  uid: "suoke-business",
  title: "业务指标 Business",
  services: false,
  rows: [
    {
      title: "智能体 Agents",
      panels: [
        panel(
          "调用量 Calls",
          "reqps",
          ["Calls to each agent per second.", "各智能体每秒调用数。"],
          { "{{agent_name}}": "suoke:agent_requests:rate5m" },
          { width: 8 },
        ),
        panel(
          "失败率 Failures",
          "percentunit",
          ["Share of calls that failed; one in ten is too many.", "调用失败比例，一成即过高。"],
          { "{{agent_name}}": "suoke:agent_failures:rate5m / suoke:agent_requests:rate5m" },
          { width: 8, above: 0.1 },
        ),
        panel(
          "准确率 Accuracy",
          "percentunit",
          ["Share of answers judged right; 95 % is promised.", "判定正确的回答比例，目标 95%。"],
          { "{{agent_name}}": "avg by (agent_name) (suoke_ai_agent_accuracy_ratio)" },
          { width: 8, below: 0.95 },
        ),
      ],
    },
    {
      title: "诊断与满意度 Diagnosis and satisfaction",
      panels: [
        panel(
          "诊断完成率 Diagnoses completed",
          "percentunit",
          [
            "Of the diagnoses begun in six hours, those completed; 98 % is promised.",
            "六小时内开始的诊断中已完成的比例，目标 98%。",
          ],
          { 完成率: "suoke:diagnosis_completed:ratio6h" },
          { width: 12, below: 0.98 },
        ),
        panel(
          "用户满意度 Satisfaction",
          "short",
          ["Mean rating of 1 to 5; 4.5 is promised.", "1 至 5 分的平均评分，目标 4.5。"],
          { 满意度: "avg(suoke_user_satisfaction_score)" },
          { width: 12, below: 4.5 },
        ),
      ],
    },
  ],
};

/** The plan's objectives for its business: agents right in 95 %, 98 % of diagnoses completed, users at 4.5 of 5. */
export const agentMonitoring: Monitoring = {
  system: "agents",
  exposed: [exposed],
  dashboards: [dashboard],
  groups: [
    {
      name: "suoke-agents",
      recordings: [
        {
          record: "suoke:agent_requests:rate5m",
          expr: "sum by (agent_name) (rate(ai_agent_requests_total[5m]))",
        },
        {
          // Both sides by the same label alone: one more label on either would leave nothing to compare.
          record: "suoke:agent_failures:rate5m",
          expr: "sum by (agent_name) (rate(ai_agent_requests_failed_total[5m])) or suoke:agent_requests:rate5m * 0",
        },
        {
          record: "suoke:diagnosis_completed:ratio6h",
          expr: "sum(increase(suoke_diagnosis_completed_total[6h])) / (sum(increase(suoke_diagnosis_started_total[6h])) >= 50)",
        },
      ],
      alerts: [
        {
          name: "AIAgentHighErrorRate",
          expr: "suoke:agent_failures:rate5m / (suoke:agent_requests:rate5m > 0.05) > 0.1",
          for: "3m",
          severity: "warning",
          team: "agents",
          dashboard: "suoke-business",
          summary: {
            en: "The agent {{ $labels.agent_name }} fails too often",
            zh: "AI智能体 {{ $labels.agent_name }} 错误率过高",
          },
          description: {
            en: "{{ $value | humanizePercentage }} of its calls fail.",
            zh: "错误率: {{ $value | humanizePercentage }}",
          },
        },
        {
          name: "AIAgentAccuracyLow",
          expr: "avg by (agent_name) (suoke_ai_agent_accuracy_ratio) < 0.95",
          for: "1h",
          severity: "warning",
          team: "agents",
          dashboard: "suoke-business",
          summary: {
            en: "The agent {{ $labels.agent_name }} is right too seldom",
            zh: "AI智能体 {{ $labels.agent_name }} 准确率低于目标",
          },
          description: {
            en: "{{ $value | humanizePercentage }} of its answers were judged right; 95 % is promised.",
            zh: "当前准确率 {{ $value | humanizePercentage }}，目标 95%。",
          },
        },
        {
          name: "DiagnosisCompletionLow",
          expr: "suoke:diagnosis_completed:ratio6h < 0.98",
          for: "30m",
          severity: "warning",
          team: "health",
          dashboard: "suoke-business",
          summary: { en: "Too many diagnoses are not completed", zh: "诊断完成率低于目标" },
          description: {
            en: "{{ $value | humanizePercentage }} of those begun in six hours were completed; 98 % is promised.",
            zh: "六小时内完成率 {{ $value | humanizePercentage }}，目标 98%。",
          },
        },
        {
          name: "SagaCompensationFailed",
          // Each one is a user whose data contradict each other, and nothing mends that by itself.
          expr: "sum by (saga) (increase(suoke_saga_compensations_failed_total[10m])) > 0",
          for: "0s",
          keepFiringFor: "30m",
          severity: "critical",
          team: "health",
          dashboard: "suoke-business",
          summary: {
            en: "A step of {{ $labels.saga }} could not be undone",
            zh: "{{ $labels.saga }} 的补偿操作失败",
          },
          description: {
            en: "The saga has failed and what it had done stands: somebody must put it right by hand.",
            zh: "Saga 失败且已执行步骤未能撤销，需要人工修复。",
          },
        },
        {
          name: "UserSatisfactionLow",
          expr: "avg(suoke_user_satisfaction_score) < 4.5",
          for: "6h",
          severity: "warning",
          team: "engagement",
          dashboard: "suoke-business",
          summary: { en: "Users rate us below the goal", zh: "用户满意度低于目标" },
          description: {
            en: "The mean rating is {{ $value | humanize }}; 4.5 is promised.",
            zh: "当前评分 {{ $value | humanize }}，目标 4.5。",
          },
        },
      ],
    },
  ],
};
