import type { Connection } from "../../kubernetes/network.ts";
import { alertmanagerName, alertmanagerPort } from "../alertmanager/names.ts";
import type { Elasticsearch } from "../elasticsearch/elasticsearch.ts";
import type { LogField } from "../elasticsearch/log-documents.ts";
import { logStreams } from "../elasticsearch/log-documents.ts";
import { prometheusName, prometheusPort } from "../prometheus/names.ts";

/** Elasticsearch, as its user for reading sees it. */
export type LogSource = Pick<Elasticsearch, "url" | "authority" | "login" | "connection">;

/** The login of the user that reads log lines. */
const logsFolder = "/etc/grafana/logs";

/** What it asks, and so may connect to. */
export function asked(logs?: LogSource): Connection[] {
  return [
    { peer: { kind: "app", app: prometheusName }, ports: [prometheusPort] },
    { peer: { kind: "app", app: alertmanagerName }, ports: [alertmanagerPort] },
    ...(logs === undefined ? [] : [logs.connection]),
  ];
}

/** `datasources.yaml`: what people can ask. */
export function dataSources(environment: string, logs?: LogSource): object {
  return {
    apiVersion: 1,
    // What is no longer listed goes.
    prune: true,
    datasources: [
      {
        name: `prometheus-${environment}`,
        uid: "prometheus",
        type: "prometheus",
        access: "proxy",
        url: `http://${prometheusName}:${prometheusPort}`,
        isDefault: true,
        editable: false,
        jsonData: { timeInterval: "15s", httpMethod: "POST" },
      },
      {
        name: "alertmanager",
        uid: "alertmanager",
        type: "alertmanager",
        access: "proxy",
        url: `http://${alertmanagerName}:${alertmanagerPort}`,
        editable: false,
        jsonData: { implementation: "prometheus" },
      },
      ...(logs === undefined ? [] : [logSource(logs)]),
    ],
  };
}

const fields = {
  timeField: "@timestamp",
  logMessageField: "body.text",
  logLevelField: "severity_text",
} as const satisfies Readonly<Record<string, LogField>>;

/**
 * Log lines, by the user that may read and nothing else. Grafana puts the files in when it starts, which a new password
 * makes it do; lines have the names that OpenTelemetry's mapping gives them.
 */
function logSource({ url, authority, login }: LogSource): object {
  return {
    name: "logs",
    uid: "logs",
    type: "elasticsearch",
    access: "proxy",
    url,
    editable: false,
    basicAuth: true,
    basicAuthUser: login("reader").username,
    jsonData: {
      index: logStreams,
      ...fields,
      maxConcurrentShardRequests: 5,
      tlsAuthWithCACert: true,
    },
    secureJsonData: {
      basicAuthPassword: `$__file{${logsFolder}/password}`,
      tlsCACert: `$__file{${authority.path}/ca.crt}`,
    },
  };
}

/** What it needs to read log lines: the password, and the authority of the store's certificate. */
export function logSecrets({ authority, login }: LogSource) {
  const { secret, key } = login("reader").password;
  return [
    { name: "logs", path: logsFolder, secret: { secretName: secret, items: [{ key, path: "password" }] } },
    {
      name: "authority",
      path: authority.path,
      secret: { secretName: authority.secret, items: [{ key: "ca.crt", path: "ca.crt" }] },
    },
  ];
}
