/** Where the operator asks an instance how it is. */
export const instanceStatus = 8000;
/** Metrics of the operator's exporter in each instance. */
export const instanceMetrics = 9187;
/** Metrics of each pooler's pod. */
export const poolerMetrics = 9127;
