import type { Images } from "./ledger.ts";

/** Marks of delivery in a commit message, as git trailers. */
const trailer = { image: "Suoke-Image", committed: "Suoke-Source-Committed-At" } as const;

export interface ImageChange {
  readonly service: string;
  readonly from?: string;
  readonly to: string;
  /** Where the image comes from, such as `identity/auth-service@1a2b3c4`. */
  readonly source?: string;
  /** When that source was committed, in ISO 8601. */
  readonly committedAt?: string;
}

/** The message of a commit that changes images. */
export function imageMessage(title: string, changes: readonly ImageChange[]): string {
  const lines = changes.map(
    ({ service, from, to, source }) =>
      `${service}: ${from ?? "none"} → ${to}${source === undefined ? "" : ` (${source})`}`,
  );
  const trailers = changes.flatMap(({ service, to, committedAt }) => [
    `${trailer.image}: ${service}=${to}`,
    ...(committedAt === undefined ? [] : [`${trailer.committed}: ${service}=${committedAt}`]),
  ]);
  return `${title}\n\n${lines.join("\n")}\n\n${trailers.join("\n")}\n`;
}

/** When the sources of images were committed, as the messages of some commits say; later messages come first. */
export function committedTimes(messages: string): Readonly<Record<string, string>> {
  const found = [...messages.matchAll(new RegExp(`^${trailer.committed}: ([a-z0-9-]+)=(\\S+)$`, "gm"))];
  return Object.fromEntries(found.reverse().map(([, service = "", at = ""]) => [service, at]));
}

/** Images that differ between two environments' or two times' settings. */
export function changedImages(before: Images, after: Images): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((service) => before[service] !== after[service])
    .sort();
}
