import type { charts } from "../components/charts.ts";
import type { images } from "../components/images.ts";
import type { ModuleName } from "../local/toolchain.ts";

/** Under which licence a program is that others publish, and what that means here when it is not a plain permission. */
export interface ProgramLicence {
  readonly licence: string;
  readonly note?: string;
}

const apache: ProgramLicence = { licence: "Apache-2.0" };
const mit: ProgramLicence = { licence: "MIT" };
const ours: ProgramLicence = { licence: "ours" };
const consul: ProgramLicence = {
  licence: "BUSL-1.1",
  note: "Run for ourselves, which the licence grants; it may not be offered to others as a service.",
};
const elastic: ProgramLicence = {
  licence: "Elastic-2.0",
  note: "Run for ourselves, with the free features; it may not be offered to others as a service.",
};

/** Of every image in components/images.ts. */
export const imageLicences: Readonly<Record<keyof typeof images, ProgramLicence>> = {
  alertmanager: apache,
  blackboxExporter: apache,
  consul,
  consulCatalogue: { licence: "MPL-2.0" },
  consulExporter: apache,
  curl: { licence: "curl" },
  elasticsearch: elastic,
  elasticsearchExporter: apache,
  grafana: { licence: "AGPL-3.0-only", note: "Run unchanged; what is shown to users of it need not be published." },
  haproxy: { licence: "GPL-2.0-or-later", note: "Run unchanged, and not handed on." },
  jaeger: apache,
  jaegerRollover: apache,
  kong: { licence: "Apache-2.0", note: "3.9 is the last line under it." },
  kongController: apache,
  kubeStateMetrics: apache,
  otelCollector: apache,
  pgbouncer: { licence: "ISC" },
  postgresExporter: apache,
  postgresql: { licence: "PostgreSQL" },
  prometheus: apache,
  rclone: mit,
  redis: { licence: "BSD-3-Clause", note: "7.2 is the last line under it." },
  redisExporter: mit,
};

/** Of every chart in components/charts.ts, with the operator that it installs. */
export const chartLicences: Readonly<Record<keyof typeof charts, ProgramLicence>> = {
  barmanCloud: apache,
  certManager: apache,
  cloudNativePg: apache,
  eck: elastic,
  kong: apache,
};

/** Of every program that is built from Go modules. */
export const goLicences: Readonly<Record<ModuleName, ProgramLicence>> = {
  alertmanager: apache,
  amtool: apache,
  consul: { ...consul, note: "Only tests start it." },
  "consul-exporter": apache,
  "consul-seed": ours,
  etcd: apache,
  "kube-score": mit,
  kubeconform: apache,
  kubernetes: apache,
  kwok: apache,
  otelcol: apache,
  postgres: ours,
  prometheus: apache,
  "redis-exporter": mit,
  simulator: ours,
};

const bsd: ProgramLicence = { licence: "BSD-3-Clause" };

/** Of every module that is linked into platform-tools, the one image that is built here: what tools/ requires, and Go itself. */
export const moduleLicences: Readonly<Record<string, ProgramLicence>> = {
  "github.com/jackc/pgpassfile": mit,
  "github.com/jackc/pgservicefile": mit,
  "github.com/jackc/pgx/v5": mit,
  "github.com/jackc/puddle/v2": mit,
  "github.com/mfridman/interpolate": mit,
  "github.com/pressly/goose/v3": mit,
  "github.com/sethvargo/go-retry": apache,
  "go.uber.org/multierr": mit,
  "golang.org/x/sync": bsd,
  "golang.org/x/text": bsd,
  std: bsd,
};

/** Of the programs from PyPI. */
export const pythonLicences: Readonly<Record<string, ProgramLicence>> = { checkov: apache };
