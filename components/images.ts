/**
 * Images that we run and do not build, pinned here and nowhere else. Bitnami's are not among them: their versioned tags
 * were withdrawn in 2025.
 */
export const images = {
  // 7.2 is the last Redis under the BSD licence, and still gets security fixes.
  // renovate: datasource=docker depName=redis versioning=docker
  redis: "docker.io/library/redis:7.2.16-bookworm",
  // The release with long-term support (until 2030).
  // renovate: datasource=docker depName=haproxy versioning=docker
  haproxy: "docker.io/library/haproxy:3.2.22",
  // renovate: datasource=docker depName=oliver006/redis_exporter
  redisExporter: "docker.io/oliver006/redis_exporter:v1.88.0",
} as const;
