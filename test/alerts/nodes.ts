import type { AlertCase, Series } from "../support/metrics/cases.ts";
import { level } from "../support/metrics/cases.ts";

const warning = { team: "platform", severity: "warning" };
const critical = { team: "platform", severity: "critical" };

/** A volume of 1,000 of something, with so many left. */
const volume = (left: string, claim = "data-prometheus-0"): Series => ({
  [`kubelet_volume_stats_available_bytes{node="a", persistentvolumeclaim="${claim}"}`]: left,
  [`kubelet_volume_stats_capacity_bytes{node="a", persistentvolumeclaim="${claim}"}`]: "1000x1000",
  // As file systems say that have no fixed number of them.
  [`kubelet_volume_stats_inodes_free{node="a", persistentvolumeclaim="${claim}"}`]: "0x1000",
  [`kubelet_volume_stats_inodes{node="a", persistentvolumeclaim="${claim}"}`]: "0x1000",
});
const inodes = (left: string): Series => ({
  ...volume("900x1000"),
  'kubelet_volume_stats_inodes_free{node="a", persistentvolumeclaim="data-prometheus-0"}': left,
  'kubelet_volume_stats_inodes{node="a", persistentvolumeclaim="data-prometheus-0"}': "1000x1000",
});
const ofVolume = { persistentvolumeclaim: "data-prometheus-0", resource: "bytes" };

const full = level({
  alert: "VolumeFull",
  series: volume,
  bad: 49,
  good: 50,
  seconds: 300,
  labels: [{ ...critical, ...ofVolume }],
});
const filling = level({
  alert: "VolumeFilling",
  series: volume,
  bad: 149,
  good: 150,
  seconds: 3600,
  labels: [{ ...warning, ...ofVolume }],
});

/** A disk of 1,000, with so much in use. */
const disk = (used: string, device = "/dev/sda1"): Series => ({
  [`container_fs_usage_bytes{node="a", device="${device}", id="/"}`]: used,
  [`container_fs_limit_bytes{node="a", device="${device}", id="/"}`]: "1000x200",
});

export const nodeCases: readonly AlertCase[] = [
  {
    ...full,
    fires: [
      ...full.fires,
      { series: inodes("49x60"), at: "5m", labels: [{ ...critical, ...ofVolume, resource: "inodes" }] },
    ],
    silent: [
      ...full.silent,
      // It tells of its own disks, at shares of its own.
      { series: volume("1x60", "elasticsearch-data-elasticsearch-es-all-0"), at: "10m" },
    ],
  },
  {
    ...filling,
    fires: [
      ...filling.fires,
      // 0.3 per mille a minute, from 40 % left on: the rest lasts for 22 hours.
      {
        series: volume("400-0.3x400"),
        interval: "1m",
        at: "65m",
        labels: [{ ...warning, ...ofVolume }],
      },
    ],
    silent: [
      ...filling.silent,
      // 0.2: a day and more.
      { series: volume("390-0.2x400"), interval: "1m", at: "180m" },
      // As fast as above, with most of it left.
      { series: volume("700-0.3x400"), interval: "1m", at: "180m" },
      { series: volume("1x400", "elasticsearch-data-elasticsearch-es-all-0"), interval: "1m", at: "180m" },
    ],
  },
  {
    ...level({
      alert: "NodeDiskFilling",
      series: (value) => disk(value),
      bad: 871,
      good: 870,
      seconds: 900,
      labels: [{ ...warning, node: "a", device: "/dev/sda1" }],
    }),
    silent: [
      { series: disk("871x200"), at: "885s" },
      { series: disk("870x200"), at: "30m" },
      { series: disk("999x200", "tmpfs"), at: "30m" },
      { series: disk("999x200", "/dev/shm"), at: "30m" },
    ],
  },
  level({
    alert: "NodeMemoryLow",
    series: (value) => ({
      'node_memory_working_set_bytes{node="a"}': value,
      'machine_memory_bytes{node="a", boot_id="x"}': "1000x200",
    }),
    bad: 951,
    good: 950,
    seconds: 600,
    labels: [{ ...warning, node: "a" }],
  }),
  {
    alert: "NodeMetricsMissing",
    fires: [
      { series: {}, at: "15m", labels: [warning] },
      { series: { 'up{job="kubelet", node="a"}': "0x80" }, at: "15m", labels: [warning] },
    ],
    silent: [
      { series: {}, at: "14m45s" },
      // One that answers is enough: of the others TargetDown tells.
      { series: { 'up{job="kubelet", node="a"}': "0x80", 'up{job="kubelet", node="b"}': "1x80" }, at: "20m" },
    ],
    resolves: {
      series: { 'up{job="kubelet", node="a"}': "0x60 1x40" },
      firedAt: "15m",
      at: "20m",
    },
  },
];
