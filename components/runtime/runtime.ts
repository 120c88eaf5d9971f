import type { SecretKey } from "../../kubernetes/handles.ts";
import { labels } from "../../kubernetes/labels.ts";
import type { Component } from "../../kubernetes/manifest.ts";
import { secretManifest } from "../../kubernetes/secret-manifest.ts";
import type { Rotations } from "../../kubernetes/secrets.ts";
import { generated, json, setting } from "../../kubernetes/secrets.ts";

export interface RuntimeArgs {
  readonly namespace: string;
  /** Where service images come from, and the user that may pull them. */
  readonly registry: { readonly host: string; readonly username: string };
  readonly rotations: Rotations;
}

/** What every service of an environment shares. */
export interface Runtime {
  readonly component: Component;
  /** The registry's credentials. */
  readonly pullSecret: SecretKey;
  readonly pythonHashSeed: SecretKey;
}

const component = "runtime";

/**
 * The environment's pull secret and PYTHONHASHSEED.
 *
 * The services' cache decorator builds Redis keys with Python's `hash()`, which differs per process unless seeded, so
 * that no replica would ever find another's entries. One seed per environment makes them agree; it is a secret, as a
 * known seed would allow hash-flooding.
 */
export function runtime({ namespace, registry, rotations }: RuntimeArgs): Runtime {
  const meta = labels({ app: component, component: "platform", team: "platform" });
  const pythonHashSeed: SecretKey = {
    component,
    secret: "runtime-secrets",
    key: "python-hash-seed",
    // Python accepts 0 to 4294967295: nine digits always fit.
    value: generated("python-hash-seed", {
      length: 9,
      alphabet: "digits",
      rotation: rotations("python-hash-seed"),
    }),
  };
  const pullSecret: SecretKey = {
    component,
    secret: "registry-credentials",
    key: ".dockerconfigjson",
    value: json({
      auths: {
        [registry.host]: {
          username: registry.username,
          password: setting("registry.password", { rotation: rotations("registry") }),
        },
      },
    }),
  };
  return {
    component: {
      type: "suoke:platform:Runtime",
      name: component,
      dependsOn: [],
      manifests: [
        secretManifest({
          name: pythonHashSeed.secret,
          namespace,
          labels: meta,
          values: { [pythonHashSeed.key]: pythonHashSeed.value },
        }),
        secretManifest({
          name: pullSecret.secret,
          namespace,
          labels: meta,
          type: "kubernetes.io/dockerconfigjson",
          values: { [pullSecret.key]: pullSecret.value },
        }),
      ],
    },
    pullSecret,
    pythonHashSeed,
  };
}
