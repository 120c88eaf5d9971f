/** Parts of the corpus' objects. Names are short, and say nothing. */
export const labels = { app: "web" };

export const image = `registry.example/web@sha256:${"1".repeat(64)}`;

/** A container that the `restricted` standard admits. */
export const container = {
  name: "web",
  image,
  ports: [{ name: "http", containerPort: 8080 }],
  env: [
    { name: "LEVEL", value: "info" },
    { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "web", key: "password" } } },
  ],
  resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
  readinessProbe: { httpGet: { path: "/ready", port: "http" } },
  lifecycle: { preStop: { sleep: { seconds: 10 } } },
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  },
};

export const template = {
  metadata: { labels },
  spec: { automountServiceAccountToken: false, terminationGracePeriodSeconds: 40, containers: [container] },
};

export function metadata(name: string) {
  return { name, namespace: "corpus", labels };
}
