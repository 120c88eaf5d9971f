import type { Peer } from "../../kubernetes/network.ts";

export const prometheusName = "prometheus";
export const prometheusPort = 9090;

/** Who scrapes where metrics are managed. */
export const scraperPeer: Peer = { kind: "app", app: prometheusName };
