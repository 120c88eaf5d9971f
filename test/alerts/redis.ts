import type { AlertCase } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

const platform = { team: "platform" };
const warning = { ...platform, severity: "warning" };
const critical = { ...platform, severity: "critical" };
const durable = "redis://redis-durable-0.redis-durable:6379";
const cache = "redis://redis-cache-0.redis-cache:6379";

const sentinel = "redis://redis-durable-sentinel-0:26379";

const cacheReads = (hits: string, misses: string, evicted: string) => ({
  [`redis_keyspace_hits_total{instance="${cache}"}`]: hits,
  [`redis_keyspace_misses_total{instance="${cache}"}`]: misses,
  [`redis_evicted_keys_total{instance="${cache}"}`]: evicted,
});

export const redisCases: readonly AlertCase[] = [
  level({
    alert: "RedisDown",
    series: (value) => ({ [`redis_up{instance="${cache}"}`]: value }),
    bad: 0,
    good: 1,
    seconds: 120,
    labels: [{ ...critical, instance: cache }],
  }),
  {
    alert: "RedisWithoutPrimary",
    fires: [
      {
        series: {
          [`redis_instance_info{role="master", instance="${cache}"}`]: "1x40",
          [`redis_instance_info{role="slave", instance="${durable}"}`]: "1x40",
        },
        at: "1m",
        labels: [{ ...critical, role: "master" }],
      },
    ],
    silent: [
      { series: { [`redis_instance_info{role="master", instance="${cache}"}`]: "1x40" }, at: "45s" },
      {
        series: {
          [`redis_instance_info{role="master", instance="${cache}"}`]: "1x40",
          [`redis_instance_info{role="master", instance="${durable}"}`]: "1x40",
        },
        at: "9m",
      },
    ],
    resolves: {
      series: {
        [`redis_instance_info{role="master", instance="${cache}"}`]: "1x40",
        [`redis_instance_info{role="master", instance="${durable}"}`]: "_x8 1x32",
      },
      firedAt: "1m45s",
      at: "2m",
    },
  },
  level({
    alert: "RedisMemoryHigh",
    series: (value) => ({
      [`redis_memory_used_bytes{instance="${durable}"}`]: value,
      [`redis_memory_max_bytes{instance="${durable}"}`]: "1000x80",
      // The cache is meant to be full.
      [`redis_memory_used_bytes{instance="${cache}"}`]: "1000x80",
      [`redis_memory_max_bytes{instance="${cache}"}`]: "1000x80",
    }),
    bad: 901,
    good: 900,
    seconds: 300,
    labels: [{ ...critical, instance: durable }],
  }),
  {
    alert: "RedisDurableEvicting",
    fires: [
      {
        series: { [`redis_evicted_keys_total{instance="${durable}"}`]: "0x8 1x20" },
        at: "2m15s",
        labels: [{ ...critical, instance: durable }],
      },
    ],
    silent: [
      { series: { [`redis_evicted_keys_total{instance="${durable}"}`]: "7x60" }, at: "10m" },
      { series: { [`redis_evicted_keys_total{instance="${cache}"}`]: "0+9x60" }, at: "10m" },
    ],
    resolves: {
      series: { [`redis_evicted_keys_total{instance="${durable}"}`]: "0x8 1x120" },
      firedAt: "20m",
      at: "23m",
    },
  },
  {
    alert: "RedisRejectsConnections",
    fires: [
      {
        series: { [`redis_rejected_connections_total{instance="${cache}"}`]: "0x8 1x20" },
        at: "2m15s",
        labels: [{ ...critical, instance: cache }],
      },
    ],
    silent: [{ series: { [`redis_rejected_connections_total{instance="${cache}"}`]: "7x60" }, at: "10m" }],
    resolves: {
      series: { [`redis_rejected_connections_total{instance="${cache}"}`]: "0x8 1x120" },
      firedAt: "16m",
      at: "18m",
    },
  },
  {
    alert: "RedisCacheTooSmall",
    fires: [
      {
        series: cacheReads("0+49x200", "0+51x200", "0+1x200"),
        at: "31m",
        labels: [{ ...warning, instance: cache }],
      },
    ],
    silent: [
      // Just long enough is not yet.
      { series: cacheReads("0+49x200", "0+51x200", "0+1x200"), at: "29m45s" },
      // Half of the reads find their key.
      { series: cacheReads("0+50x200", "0+50x200", "0+1x200"), at: "45m" },
      // It misses what was never there: nothing is evicted.
      { series: cacheReads("0+49x200", "0+51x200", "5x200"), at: "45m" },
    ],
    resolves: {
      series: cacheReads("0+49x140 6860+300x200", "0+51x140 7140+1x200", "0+1x300"),
      firedAt: "34m",
      at: "60m",
    },
  },
  level({
    alert: "RedisSentinelsWithoutQuorum",
    series: (value) => ({
      [`redis_sentinel_master_ckquorum_status{instance="${sentinel}", master_name="redis-durable", message="m"}`]:
        value,
    }),
    bad: 0,
    good: 1,
    seconds: 300,
    labels: [{ ...critical, instance: sentinel, master_name: "redis-durable" }],
  }),
  level({
    alert: "RedisNotPersisting",
    series: (value) => ({
      [`redis_aof_last_write_status{instance="${durable}"}`]: value,
      [`redis_aof_last_bgrewrite_status{instance="${durable}"}`]: "1x80",
    }),
    bad: 0,
    good: 1,
    seconds: 300,
    labels: [{ ...critical, instance: durable }],
  }),
  level({
    alert: "RedisReplicaDisconnected",
    series: (value) => ({ [`redis_master_link_up{instance="${durable}"}`]: value }),
    bad: 0,
    good: 1,
    seconds: 300,
    labels: [{ ...warning, instance: durable }],
  }),
];
