import * as z from "zod";
import type { Metadata } from "../../kubernetes/manifest.ts";

const secretKey = z.strictObject({ name: z.string(), key: z.string() });

/**
 * What we use of the Barman Cloud plugin's ObjectStore. No package has its type; this schema is the type, and the stand-in
 * definition of the embedded cluster.
 * https://cloudnative-pg.io/plugin-barman-cloud/docs/plugin-barman-cloud.v1/
 */
export const objectStoreSpec = z.strictObject({
  configuration: z.strictObject({
    destinationPath: z.string(),
    endpointURL: z.string().optional(),
    s3Credentials: z.strictObject({ accessKeyId: secretKey, secretAccessKey: secretKey }),
    wal: z.strictObject({ compression: z.enum(["gzip", "zstd"]), maxParallel: z.int().optional() }),
    data: z.strictObject({ compression: z.enum(["gzip"]), jobs: z.int() }),
  }),
  retentionPolicy: z.string().regex(/^[1-9][0-9]*[dwm]$/),
  instanceSidecarConfiguration: z.strictObject({
    resources: z.strictObject({
      requests: z.record(z.string(), z.string()),
      limits: z.record(z.string(), z.string()),
    }),
  }),
});

export interface ObjectStore {
  readonly apiVersion: "barmancloud.cnpg.io/v1";
  readonly kind: "ObjectStore";
  readonly metadata: Metadata;
  readonly spec: z.output<typeof objectStoreSpec>;
}
