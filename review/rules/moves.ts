import type { PlainObject } from "../change.ts";
import type { Rule } from "../risk.ts";
import { docs } from "./sources.ts";

/** Objects that are the same to people and others to Kubernetes, or the same to Kubernetes and others to Pulumi. */
export const moveRules: readonly Rule[] = [
  {
    id: "replacement/renamed",
    operations: ["create", "delete"],
    when: ({ object, world }) => world.counterpart(object) !== undefined,
    reason: (subject) => {
      const other = subject.world.counterpart(subject.object);
      const place = ({ metadata }: PlainObject): string =>
        metadata.namespace === subject.object.metadata.namespace
          ? metadata.name
          : `${metadata.namespace ?? ""}/${metadata.name}`;
      const where = other === undefined ? "" : place(other);
      return subject.operation === "create"
        ? `It seems to take the place of ${where}. Objects are not renamed: this one is created, and that one deleted.`
        : `${where} seems to take its place. Objects are not renamed: that one is created, and this one deleted.`;
    },
    source: docs("concepts/overview/working-with-objects/names/"),
  },
  {
    id: "replacement/api-version",
    fields: ["apiVersion"],
    reason:
      "To Kubernetes it is the same object. To Pulumi it is a resource of another type: without an alias it is created anew, and then the old one, which is the same, deleted.",
    source: "https://www.pulumi.com/docs/iac/concepts/options/aliases/",
  },
];
