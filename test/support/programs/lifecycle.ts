import { program } from "../../../components/program.ts";
import type { Component } from "../../../kubernetes/manifest.ts";

/** A program with every option of an object's life, which no component of the platform needs all of. */
const component: Component = {
  type: "suoke:test:Lifecycle",
  name: "lifecycle",
  dependsOn: [],
  manifests: [
    {
      object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kept", namespace: "n", labels: {} }, data: {} },
      lifecycle: {
        protect: true,
        retainOnDelete: true,
        deleteBeforeReplace: true,
        ignoreChanges: ["metadata.annotations"],
        aliases: ["former-name"],
      },
    },
  ],
};

await program("suoke-life", async (stack) => {
  await stack.deploy([component], "suoke-life-dev");
  return {};
});
