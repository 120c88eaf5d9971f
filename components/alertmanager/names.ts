/** The plan's name and port. */
export const alertmanagerName = "alertmanager";
export const alertmanagerPort = 9093;
/** Replicas tell each other here what they have sent. */
export const gossipPort = 9094;
/** Every replica by name: Prometheus tells all of them, as each may be cut off from the others. */
export const peersName = "alertmanager-peers";
