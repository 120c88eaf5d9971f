/**
 * Images that others publish, each pinned in this one place. A tag alone can be moved by its publisher; where a digest
 * could be looked up it stands behind the tag.
 */
export const images = {
  // renovate: datasource=docker depName=ghcr.io/cloudnative-pg/postgresql
  postgresql: "ghcr.io/cloudnative-pg/postgresql:18.6-system-trixie",
  // renovate: datasource=docker depName=ghcr.io/cloudnative-pg/pgbouncer
  pgbouncer: "ghcr.io/cloudnative-pg/pgbouncer:1.25.1",
  // renovate: datasource=docker depName=quay.io/prometheuscommunity/postgres-exporter
  postgresExporter: "quay.io/prometheuscommunity/postgres-exporter:v0.18.1",
  // renovate: datasource=docker depName=quay.io/prometheus/prometheus
  prometheus: "quay.io/prometheus/prometheus:v3.16.0",
  // renovate: datasource=docker depName=quay.io/prometheus/blackbox-exporter
  blackboxExporter: "quay.io/prometheus/blackbox-exporter:v0.28.0",
  // renovate: datasource=docker depName=registry.k8s.io/kube-state-metrics/kube-state-metrics
  kubeStateMetrics: "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0",
  // renovate: datasource=docker depName=quay.io/prometheus/alertmanager
  alertmanager: "quay.io/prometheus/alertmanager:v0.34.2",
  // renovate: datasource=docker depName=docker.io/grafana/grafana
  grafana: "docker.io/grafana/grafana:12.3.0",
  // The last line of Kong's open source releases; 3.10 and later need a licence (docs/edge.md).
  // renovate: datasource=docker depName=kong
  kong: "docker.io/library/kong:3.9.3",
  // renovate: datasource=docker depName=kong/kubernetes-ingress-controller
  kongController: "docker.io/kong/kubernetes-ingress-controller:3.5.9",
  // renovate: datasource=docker depName=docker.elastic.co/elasticsearch/elasticsearch
  elasticsearch: "docker.elastic.co/elasticsearch/elasticsearch:8.19.5",
  // renovate: datasource=docker depName=quay.io/prometheuscommunity/elasticsearch-exporter
  elasticsearchExporter: "quay.io/prometheuscommunity/elasticsearch-exporter:v1.10.0",
  // renovate: datasource=docker depName=docker.io/curlimages/curl
  curl: "docker.io/curlimages/curl:8.16.0",
  // renovate: datasource=docker depName=docker.io/jaegertracing/jaeger
  jaeger: "docker.io/jaegertracing/jaeger:2.20.0",
  // renovate: datasource=docker depName=docker.io/jaegertracing/jaeger-es-rollover
  jaegerRollover: "docker.io/jaegertracing/jaeger-es-rollover:2.20.0",
  // renovate: datasource=docker depName=docker.io/otel/opentelemetry-collector-contrib
  otelCollector: "docker.io/otel/opentelemetry-collector-contrib:0.160.0",
  // renovate: datasource=docker depName=hashicorp/consul
  consul: "docker.io/hashicorp/consul:1.22.7",
  // renovate: datasource=docker depName=hashicorp/consul-k8s-control-plane
  consulCatalogue: "docker.io/hashicorp/consul-k8s-control-plane:1.9.11",
  // renovate: datasource=docker depName=prom/consul-exporter
  consulExporter: "docker.io/prom/consul-exporter:v0.13.0",
  // renovate: datasource=docker depName=rclone/rclone
  rclone: "docker.io/rclone/rclone:1.75.1",
  // 7.2 is the last Redis under the BSD licence, and still gets security fixes.
  // renovate: datasource=docker depName=redis versioning=docker
  redis: "docker.io/library/redis:7.2.16-bookworm",
  // The release with long-term support (until 2030).
  // renovate: datasource=docker depName=haproxy versioning=docker
  haproxy: "docker.io/library/haproxy:3.2.22",
  // renovate: datasource=docker depName=oliver006/redis_exporter
  redisExporter: "docker.io/oliver006/redis_exporter:v1.88.0",
} as const;
