/**
 * Who may talk to whom, written out by hand: `receiver port < senders`. It shares nothing with the builders of NetworkPolicies on
 * purpose: a way that is opened there fails a test until somebody opens it here as well. Every workload asks the cluster's
 * DNS besides.
 */
export const ways: readonly { readonly environments: readonly string[]; readonly lines: string }[] = [
  {
    environments: ["dev", "staging", "prod"],
    lines: `
alertmanager TCP 9093 < grafana prometheus
alertmanager TCP 9094 < alertmanager
alertmanager UDP 9094 < alertmanager
auth-service TCP 8000 < kong prometheus suoke-life-gateway
blackbox-exporter TCP 9115 < prometheus
consul-catalogue TCP 20300 < prometheus
consul-exporter TCP 9107 < prometheus
consul-server TCP 8300 < consul-server
consul-server TCP 8301 < consul-server
consul-server TCP 8500 < auth-service health-data-service laoke-service soer-service suoke-life-gateway user-service xiaoai-service xiaoke-service
consul-server TCP 8501 < consul-catalogue consul-exporter consul-reconcile consul-restore consul-setup consul-snapshot
consul-server TCP 8503 < consul-catalogue
consul-server UDP 8301 < consul-server
elasticsearch TCP 9300 < elasticsearch
elasticsearch-exporter TCP 9114 < prometheus
grafana TCP 3000 < prometheus
health-data-service TCP 8000 < prometheus suoke-life-gateway
kong TCP 8000 < anybody
kong TCP 8100 < prometheus
kong TCP 8443 < anybody
kong TCP 8444 < kong-controller
kong-controller TCP 10255 < prometheus
kong-controller TCP 8080 < anybody
laoke-service TCP 8000 < prometheus
otel-agent TCP 4317 < auth-service health-data-service laoke-service soer-service suoke-life-gateway user-service xiaoai-service xiaoke-service
otel-agent TCP 4318 < auth-service health-data-service kong laoke-service soer-service suoke-life-gateway user-service xiaoai-service xiaoke-service
otel-agent TCP 8888 < prometheus
otel-agent UDP 6831 < auth-service health-data-service laoke-service soer-service suoke-life-gateway user-service xiaoai-service xiaoke-service
otel-gateway TCP 4317 < otel-agent
otel-gateway TCP 4319 < suoke-agents/otel-logs
otel-gateway TCP 8888 < prometheus
otel-gateway TCP 8889 < prometheus
postgres TCP 8000 < cnpg-system/cloudnative-pg postgres
postgres TCP 9187 < prometheus
postgres-exporter TCP 9187 < prometheus
postgres-pooler-rw TCP 5432 < auth-service health-data-service laoke-service soer-service user-service xiaoai-service xiaoke-service
postgres-pooler-rw TCP 9127 < prometheus
redis-exporter TCP 9121 < prometheus
soer-service TCP 8000 < prometheus
suoke-life-gateway TCP 6060 < prometheus
suoke-life-gateway TCP 8888 < kong
user-service TCP 50051 < laoke-service soer-service xiaoai-service xiaoke-service
user-service TCP 8000 < prometheus suoke-life-gateway
xiaoai-service TCP 8000 < health-data-service prometheus suoke-life-gateway
xiaoke-service TCP 8000 < prometheus
suoke-agents/kube-state-metrics TCP 8080 < prometheus
suoke-agents/node-metrics TCP 9090 < prometheus
suoke-agents/otel-logs TCP 8888 < prometheus
`,
  },
  {
    environments: ["staging", "prod"],
    lines: `
elasticsearch TCP 9200 < elastic-system/elastic-operator elasticsearch elasticsearch-exporter elasticsearch-setup grafana jaeger-collector jaeger-indices jaeger-query otel-gateway
jaeger-collector TCP 4317 < otel-gateway
jaeger-collector TCP 8888 < prometheus
jaeger-query TCP 8888 < prometheus
postgres TCP 5432 < cnpg-system/cloudnative-pg postgres postgres-drill postgres-exporter postgres-migrations postgres-partitions postgres-pooler-ro postgres-pooler-rw
postgres-drill TCP 5432 < cnpg-system/cloudnative-pg postgres-drill
postgres-drill TCP 8000 < cnpg-system/cloudnative-pg postgres-drill
postgres-pooler-ro TCP 5432 < auth-service health-data-service laoke-service soer-service user-service xiaoai-service xiaoke-service
postgres-pooler-ro TCP 9127 < prometheus
redis-cache TCP 6379 < redis-cache redis-cache-proxy redis-cache-sentinel redis-exporter
redis-cache-proxy TCP 6379 < auth-service health-data-service kong laoke-service soer-service user-service xiaoai-service xiaoke-service
redis-cache-proxy TCP 8404 < prometheus
redis-cache-sentinel TCP 26379 < redis-cache redis-cache-proxy redis-cache-sentinel redis-exporter
redis-durable TCP 6379 < redis-durable redis-durable-proxy redis-durable-sentinel redis-exporter
redis-durable-proxy TCP 6379 < redis-durable-retention
redis-durable-proxy TCP 8404 < prometheus
redis-durable-sentinel TCP 26379 < redis-durable redis-durable-proxy redis-durable-sentinel redis-exporter
`,
  },
  {
    environments: ["dev"],
    lines: `
prometheus TCP 9090 < grafana prometheus
10.10.0.0/28 TCP 6443 < consul-catalogue consul-certificates kong-controller otel-agent postgres postgres-pooler-rw prometheus
elasticsearch TCP 9200 < elastic-system/elastic-operator elasticsearch elasticsearch-exporter elasticsearch-setup grafana otel-gateway
jaeger TCP 4317 < otel-gateway
jaeger TCP 8888 < prometheus
postgres TCP 5432 < cnpg-system/cloudnative-pg postgres postgres-exporter postgres-migrations postgres-partitions postgres-pooler-rw
redis-cache TCP 6379 < auth-service health-data-service kong laoke-service redis-exporter soer-service user-service xiaoai-service xiaoke-service
redis-durable TCP 6379 < redis-durable-retention redis-exporter
internet TCP 443 < blackbox-exporter
suoke-life-dev/acme.cert-manager.io/http01-solver TCP 8089 < kong
`,
  },
  {
    environments: ["staging"],
    lines: `
prometheus TCP 9090 < grafana prometheus
10.20.0.0/28 TCP 6443 < consul-catalogue consul-certificates kong-controller otel-agent postgres postgres-drill postgres-pooler-ro postgres-pooler-rw prometheus
10.20.5.0/24 TCP 443 < consul-restore consul-snapshot
internet TCP 443 < alertmanager blackbox-exporter postgres postgres-drill
suoke-life-staging/acme.cert-manager.io/http01-solver TCP 8089 < kong
`,
  },
  {
    environments: ["prod"],
    lines: `
prometheus TCP 9090 < gitlab-runner/prod grafana prometheus
10.30.0.0/28 TCP 6443 < consul-catalogue consul-certificates kong-controller otel-agent postgres postgres-drill postgres-pooler-ro postgres-pooler-rw prometheus
10.30.5.0/24 TCP 443 < consul-restore consul-snapshot
internet TCP 443 < alertmanager blackbox-exporter elasticsearch postgres postgres-drill
suoke-life-prod/acme.cert-manager.io/http01-solver TCP 8089 < kong
`,
  },
];

/** Ways that one end opens and the other keeps shut, with the reason why that is right. */
export const halfWays: Readonly<Record<string, string>> = {
  "consul-server TCP 8501 < prometheus":
    "The servers would let Prometheus in, and it has no token to ask them with: the exporter asks for it.",
};
