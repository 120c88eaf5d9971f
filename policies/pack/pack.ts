import type { StackValidationArgs } from "@pulumi/policy";
import { PolicyPack } from "@pulumi/policy";
import { judgeResources } from "./judge.ts";
import type { Resource } from "./resources.ts";

/**
 * What the program has asked for, by URN. The engine shows it resource by resource; the view of the whole stack that comes after
 * has what the API server makes of it, where a default looks like a decision.
 */
const asked = new Map<string, object>();

function resourcesOf({ resources }: StackValidationArgs): Resource[] {
  return resources.map((resource) => Object.assign(resource, { props: asked.get(resource.urn) ?? resource.props }));
}

new PolicyPack("suoke-life", {
  description: "The rules of the Suoke Life platform over what Pulumi is about to apply.",
  policies: [
    {
      name: "inputs",
      description: "Notes what the program asks for. It reports nothing.",
      enforcementLevel: "mandatory",
      validateResource: ({ urn, props }) => void asked.set(urn, props),
    },
    {
      name: "rules",
      description: "Everything that make check refuses: hardening, references, namespaces, drains, quota.",
      enforcementLevel: "mandatory",
      validateStack: (args, report) => {
        for (const { message, urn } of judgeResources(resourcesOf(args)).violations) report(message, urn);
      },
    },
    {
      name: "unknown",
      description: "What a preview cannot judge, because the update makes it.",
      enforcementLevel: "advisory",
      validateStack: (args, report) => {
        for (const { message, urn } of judgeResources(resourcesOf(args)).unknown) report(message, urn);
      },
    },
  ],
});
