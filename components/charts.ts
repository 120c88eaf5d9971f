import type { HelmRelease } from "../kubernetes/manifest.ts";

type Chart = Pick<HelmRelease, "chart" | "version" | "repository">;

/** Charts of operators, each pinned in this one place. */
export const charts = {
  certManager: {
    chart: "cert-manager",
    // renovate: datasource=helm depName=cert-manager registryUrl=https://charts.jetstack.io
    version: "v1.21.2",
    repository: "https://charts.jetstack.io",
  },
  kong: {
    chart: "kong",
    // renovate: datasource=helm depName=kong registryUrl=https://charts.konghq.com
    version: "3.4.1",
    repository: "https://charts.konghq.com",
  },
  cloudNativePg: {
    chart: "cloudnative-pg",
    // renovate: datasource=helm depName=cloudnative-pg registryUrl=https://cloudnative-pg.github.io/charts
    version: "0.29.0",
    repository: "https://cloudnative-pg.github.io/charts",
  },
  barmanCloud: {
    chart: "plugin-barman-cloud",
    // renovate: datasource=helm depName=plugin-barman-cloud registryUrl=https://cloudnative-pg.github.io/charts
    version: "0.7.0",
    repository: "https://cloudnative-pg.github.io/charts",
  },
  eck: {
    chart: "eck-operator",
    // renovate: datasource=helm depName=eck-operator registryUrl=https://helm.elastic.co
    version: "3.5.0",
    repository: "https://helm.elastic.co",
  },
} as const satisfies Record<string, Chart>;

/** The programs in charts that count versions of their own: what each installs at the version above. */
export const operators = { cloudNativePg: "v1.30.0", barmanCloud: "v0.13.0" } as const satisfies Partial<
  Record<keyof typeof charts, string>
>;
