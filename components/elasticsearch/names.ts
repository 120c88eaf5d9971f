import type { Connection } from "../../kubernetes/network.ts";

export const elasticsearchName = "elasticsearch";
export const elasticsearchPort = 9200;

/** What the operator makes of an Elasticsearch of that name: its Service, and the Secret with its authority. */
export const operatorMade = (name: string) => ({
  service: `${name}-es-http`,
  authority: `${name}-es-http-certs-public`,
  authorityKeys: ["ca.crt", "tls.crt"],
});

/** Programs trust the authority from here. */
export const authorityPath = "/etc/elasticsearch";

/** For the NetworkPolicies of its clients. */
export const elasticsearchConnection: Connection = {
  peer: { kind: "app", app: elasticsearchName },
  ports: [elasticsearchPort],
};
