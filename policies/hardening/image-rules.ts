import { containerRule } from "./container-rules.ts";
import type { Rule } from "./rule.ts";
import { ofKind } from "./rule.ts";

/** The tag of an image reference without its digest; nothing when there is none. */
function tagOf(image: string): string | undefined {
  const [name = ""] = image.split("@");
  return /:([\w][\w.-]{0,127})$/.exec(name)?.[1];
}

const digest = /@sha256:[0-9a-f]{64}$/;

export const imageRules: readonly Rule[] = [
  containerRule(
    {
      id: "images/tag",
      covers: {
        checkov: ["CKV_K8S_14"],
        kubeScore: ["container-image-tag"],
        kubeLinter: ["latest-tag"],
        polaris: ["tagNotSpecified"],
        kubescape: ["C-0075"],
        trivy: ["KSV-0013"],
      },
      reason: "Two pods of one Deployment would run two programs, and a rollback brings back nothing.",
      fix: "Name the version in components/images.ts or in the images of the stack file.",
    },
    ({ image = "" }) => {
      const tag = tagOf(image);
      return (
        (tag === undefined ? !digest.test(image) : ["latest", "stable", "main", "master", "edge"].includes(tag)) &&
        `runs "${image}", which may be another program tomorrow.`
      );
    },
  ),
  containerRule(
    {
      id: "images/registry",
      covers: { trivy: ["KSV-0125"] },
      reason: "A name without a registry is looked up wherever the node is configured to look.",
      fix: "Write the registry's host in front.",
    },
    ({ image = "" }) => {
      const [host = "", ...rest] = image.split("/");
      return (rest.length === 0 || !/[.:]/.test(host)) && `runs "${image}", which names no registry.`;
    },
  ),
  containerRule(
    {
      id: "images/digest",
      onlyWhere: "digests",
      covers: { checkov: ["CKV_K8S_43"] },
      reason: "A tag can be moved to another program by whoever can write to the registry.",
      fix: "Pin the image by digest (name:tag@sha256:…).",
    },
    ({ image = "" }) => !digest.test(image) && `runs "${image}", which is not pinned by digest.`,
  ),
  containerRule(
    {
      id: "images/pull-policy",
      covers: {
        checkov: ["CKV_K8S_15"],
        kubeScore: ["container-image-pull-policy"],
        polaris: ["pullPolicyNotAlways"],
      },
      unseen: (view) =>
        ofKind(view, "Pooler").map((object) => ({
          object,
          scanners: { polaris: ["pullPolicyNotAlways"] },
          because:
            "CloudNativePG makes its pods, of an image that is pinned; a restart must not depend on the registry.",
        })),
      reason: "Without a pull a pod runs what some other pod has left on the node, without asking for its credentials.",
      fix: "Set imagePullPolicy: Always.",
    },
    ({ imagePullPolicy }) => imagePullPolicy !== "Always" && `pulls its image ${imagePullPolicy ?? "by default"}.`,
  ),
];
