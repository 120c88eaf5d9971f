/** Where traces are in memory, one process does all. */
export const memoryName = "jaeger";
export const collectorName = "jaeger-collector";
export const queryName = "jaeger-query";
