import type { AlertCase } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

const durable = "redis://redis-durable-0.redis-durable:6379";

export const sagaCases: readonly AlertCase[] = [
  level({
    alert: "SagaStuck",
    series: (value) => ({ [`redis_script_values{instance="${durable}", key="saga_stuck"}`]: value }),
    bad: 1,
    good: 0,
    seconds: 300,
    labels: [{ severity: "critical", team: "health" }],
  }),
  level({
    alert: "SagaBacklog",
    series: (value) => ({
      [`redis_script_values{instance="${durable}", key="saga_state_running"}`]: value,
      [`redis_script_values{instance="${durable}", key="saga_state_pending"}`]: "100x100",
      [`redis_script_values{instance="${durable}", key="saga_state_completed"}`]: "9000x100",
    }),
    bad: 401,
    good: 400,
    seconds: 600,
    labels: [{ severity: "warning", team: "health" }],
  }),
];
