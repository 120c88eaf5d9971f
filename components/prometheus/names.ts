import type { Peer } from "../../kubernetes/network.ts";

export const prometheusName = "prometheus";
/** The headless Service of its pods. */
export const prometheusPods = "prometheus-pods";
export const prometheusPort = 9090;

/** Annotation of a pod with metrics on a second port: `prometheus.io/port` names one, and what scrapers know ends there. */
export const secondPort = "suoke.life/second-metrics-port";

/** Who scrapes where metrics are managed. */
export const scraperPeer: Peer = { kind: "app", app: prometheusName };
