import type { Peer } from "../../kubernetes/network.ts";

export const prometheusName = "prometheus";
/** The headless Service of its pods. */
export const prometheusPods = "prometheus-pods";
export const prometheusPort = 9090;

/** Who scrapes where metrics are managed. */
export const scraperPeer: Peer = { kind: "app", app: prometheusName };
