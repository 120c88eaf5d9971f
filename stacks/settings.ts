import * as z from "zod";
import { services } from "../catalogue/services.ts";
import { cidr } from "./cidr.ts";
import { toolsImageName } from "./images.ts";
import { monitoringSettings } from "./monitoring-settings.ts";
import { unspoken } from "./decode.ts";
import { publicKeyProblem } from "./public-key.ts";

const digest = "sha256:[0-9a-f]{64}";
/** A version of an image: a tag, a digest or both. `latest` names no version: what it runs depends on when a node pulled it. */
export const image = z
  .string()
  .regex(new RegExp(`^(?!latest$)([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}(@${digest})?|${digest})$`), {
    error: "is not a tag such as v1.2.3, a digest sha256:… or both as v1.2.3@sha256:…; latest is not allowed",
  })
  .describe("Tag, digest, or tag@digest of the service's image");

const hostName = z.string().regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/, { error: "is not a host name" });

export const apiServerSchema = z
  .strictObject({
    cidrs: z.array(cidr).min(1).describe("Addresses of the Kubernetes API server"),
    port: z.int().min(1).max(65535),
  })
  .describe("For the NetworkPolicies of what talks to the API server");

const noShare = { error: "is no share: give 0 to 100, whole percent" };
const percent = z.int(noShare).min(0, noShare).max(100, noShare);

const canary = z
  .strictObject({
    image: image.describe("The image to try"),
    weight: percent.describe("Share of the public requests that it gets, in percent"),
    minReplicas: z.int().min(1).describe("Pods that it has at least"),
    stableMinReplicas: z
      .int()
      .min(1)
      .optional()
      .describe("While it is promoted: pods that the stable track has at least, which runs the canary's image by now"),
  })
  .describe("A second version beside the stable one, with a share of the public requests");

const blueGreen = z
  .strictObject({
    active: z.enum(["blue", "green"]).describe("The one that all requests go to"),
    blue: image.describe("The service's own image, as under images"),
    green: image.describe("The other one"),
    minReplicas: z
      .int()
      .min(1)
      .optional()
      .describe("Pods that either has at least, so that the idle one can take all requests at once"),
  })
  .describe("Two whole versions, of which one gets everything");

const oldGateway = z
  .strictObject({
    host: hostName.describe("Its host name, as the proxies resolve it"),
    port: z.int().min(1).max(65535).describe("Where it speaks http"),
    cidrs: z.array(cidr).min(1).describe("Its addresses: NetworkPolicies know no names"),
    weight: percent.describe("Share of each route's requests that it gets, in percent"),
    routes: z
      .record(z.string(), percent)
      .default({})
      .describe("Routes with a share of their own, as the table of requests names them: GET /api/v1/users/:id"),
  })
  .describe("The gateway that was there before, while routes move from it to the platform's entry");

const rollout = z
  .strictObject({ canary: canary.optional(), blueGreen: blueGreen.optional() })
  .refine((given) => (given.canary === undefined) !== (given.blueGreen === undefined), {
    error: "is neither a canary nor blueGreen, or both; give one of them",
  });

const publicKey = z.string().check(({ value, issues }) => {
  const problem = publicKeyProblem(value);
  // It may be a private key, whole or in part.
  if (problem !== undefined) issues.push({ code: "custom", input: value, message: problem, params: unspoken });
});

/**
 * What people and CI change without a code change: the `suoke-life:` keys of `Pulumi.<env>.yaml`, secrets excepted.
 * @param running services that must have an image, as the environment runs them
 */
export function settingsSchema(running: readonly string[] = []) {
  const imageOf = (name: string) => [name, running.includes(name) ? image : image.optional()] as const;
  return z.strictObject({
    cluster: z
      .strictObject({
        context: z.string().min(1).describe("Context of the kubeconfig; never the current one by chance"),
        apiServer: apiServerSchema,
      })
      .describe("The cluster that carries this environment"),
    domain: hostName.describe("Host under which the platform's API is public"),
    tokens: z
      .array(
        z.strictObject({
          issuer: z.string().min(1).describe("What the issuer writes into `iss`"),
          publicKey: publicKey.describe("Its public key in PEM (RS256): what its tokens are checked with"),
        }),
      )
      .min(1)
      .describe("Whose tokens the public entry accepts. Two while a key is replaced, each with its own `iss`"),
    registry: z
      .strictObject({
        host: hostName,
        username: z.string().min(1).describe("User that may pull; its password is the secret registry.password"),
      })
      .describe("Where service images come from"),
    images: z
      .strictObject(Object.fromEntries([...Object.keys(services), toolsImageName].map(imageOf)))
      .describe("Image version of each service that runs here"),
    monitoring: monitoringSettings,
    rollouts: z
      .strictObject(Object.fromEntries(Object.keys(services).map((name) => [name, rollout.optional()])))
      .default({})
      .describe("Services on the way from one image to the next, other than by rolling"),
    oldGateway: oldGateway.optional(),
    rotations: z
      .record(z.string(), z.int().min(1))
      .default({})
      .describe("How often a secret has been rotated, by id; absent means never"),
  });
}

export type Settings = Readonly<z.output<ReturnType<typeof settingsSchema>>>;

/** Keys that need not be the same in the three files, as they change on their own. */
export const volatileKeys = ["images", "oldGateway", "rollouts", "rotations", "secrets"] as const;
